"""What participants state: the closed union of kinds, their canonical bytes, and what can be told
from one alone."""
