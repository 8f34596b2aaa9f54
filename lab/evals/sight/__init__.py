"""What a dataset can see, said before anything is spent on it."""

from lab.evals.sight.sight import Sight, sight, told

__all__ = ["Sight", "sight", "told"]
