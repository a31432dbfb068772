"""Where two published reports differ."""

from __future__ import annotations

from typing import Any

import msgspec


def differences(published: Any, again: Any, path: str = "") -> list[str]:
    """Where two JSON values differ, each with its path and both values."""
    if isinstance(published, dict) and isinstance(again, dict):
        keys = sorted(published.keys() | again.keys())
        return [
            d
            for key in keys
            for d in differences(published.get(key), again.get(key), f"{path}.{key}")
        ]
    if isinstance(published, list) and isinstance(again, list) and len(published) == len(again):
        pairs = enumerate(zip(published, again, strict=True))
        return [d for i, (one, other) in pairs for d in differences(one, other, f"{path}[{i}]")]
    if published == again:
        return []
    return [f"{path.lstrip('.')}: published {_short(published)}, recomputed {_short(again)}"]


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 120 else f"{text[:117]}..."
