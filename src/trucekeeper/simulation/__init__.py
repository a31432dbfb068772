"""A made-up mechanism of three to seven nodes: the real code over a disk that forgets, a network
that loses and lies, and clocks that go wrong. A run is its seed."""
