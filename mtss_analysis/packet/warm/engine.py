"""What Papermill finds registered as ``mtss-warm``.

Papermill loads every registered engine whenever it is imported, and while it is being imported itself: nothing is
imported here until a notebook is run.
"""

from typing import Any

ENGINE = "mtss-warm"


class WarmEngine:
    """Runs each notebook in a child of a process that has the libraries loaded.

    ``papermill --engine mtss-warm IN OUT``
    """

    @staticmethod
    def execute_notebook(nb: Any, kernel_name: str | None, **options: Any) -> Any:  # noqa: ANN401 - papermill is untyped
        """Run a notebook, as Papermill asks its engines to."""
        from mtss_analysis.packet.warm.managed import ManagedWarmEngine  # noqa: PLC0415 - see above

        return ManagedWarmEngine.execute_notebook(nb, kernel_name, **options)

    @staticmethod
    def nb_kernel_name(nb: Any, name: str | None = None) -> str:  # noqa: ANN401 - papermill is untyped
        """Name the notebook's kernel, which counts for nothing here."""
        from papermill.utils import nb_kernel_name  # noqa: PLC0415 - see above

        return str(nb_kernel_name(nb, name))

    @staticmethod
    def nb_language(nb: Any, language: str | None = None) -> str:  # noqa: ANN401 - papermill is untyped
        """Name the notebook's language."""
        from papermill.utils import nb_language  # noqa: PLC0415 - see above

        return str(nb_language(nb, language))
