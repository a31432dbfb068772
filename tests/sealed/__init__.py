"""Sealed payloads: commitments, disclosures, files, commands, and that nothing of them leaks."""
