"""Verifiable logs in the C2SP tlog formats, as pure functions over bytes.

Specifications: signed-note v1.0.0, tlog-checkpoint v1.0.0, tlog-cosignature v1.1.0-rc.1, tlog-witness
v1.0.0, tlog-tiles v0.1.0, tlog-policy (draft), and RFC 6962 section 2.1 for the tree."""
