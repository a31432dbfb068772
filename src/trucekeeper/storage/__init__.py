"""Logs in folders: written durably, verified whole before anything is read."""
