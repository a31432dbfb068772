"""How statements reach other nodes. Here: a verified copy from one folder to another."""
