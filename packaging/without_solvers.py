"""Runs before the built program: stands in for compiled parts of SciPy that this program never calls.

SciPy imports linear programming, sparse matrices and differential equations when one asks it for a
filter. They have 15 MB. What is called all the same says that it was left out.
"""

import sys
from types import ModuleType

LEFT_OUT = (
    "scipy.integrate._odepack", "scipy.integrate._vode", "scipy.interpolate._interpnd",
    "scipy.interpolate._ppoly", "scipy.interpolate._rbfinterp_pythran",
    "scipy.linalg._decomp_interpolative", "scipy.linalg._matfuncs_expm",
    "scipy.linalg._matfuncs_schur_sqrtm", "scipy.optimize._highspy._core",
    "scipy.optimize._highspy._highs_options", "scipy.sparse._csparsetools",
    "scipy.sparse._sparsetools", "scipy.sparse.csgraph._shortest_path",
    "scipy.sparse.csgraph._traversal", "scipy.sparse.linalg._eigen.arpack._arpacklib",
    "scipy.sparse.linalg._propack", "scipy.spatial._distance_pybind",
    "scipy.stats._unuran.unuran_wrapper",
)  # fmt: skip


class Absent(ModuleType):
    """Has every name, and each of them refuses to be called."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(_self: object, *_: object, **_named: object) -> None:
            raise NotImplementedError(f"This program came without {self.__name__}.{name}.")

        return type(name, (), {"__init__": refuse})


def stand_in() -> None:
    for name in LEFT_OUT:
        sys.modules[name] = Absent(name)


if getattr(sys, "frozen", False):
    stand_in()
