"""Runs a notebook from top to bottom through the project's kernel; a failing cell is printed with what it said."""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(HERE / "jupyter"), os.environ.get("JUPYTER_PATH")]))
for variable, folder in {"JUPYTER_DATA_DIR": "data", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython"}.items():
    os.environ.setdefault(variable, str(HERE.parent / ".jupyter" / folder))

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError  # noqa: E402


def said(cell):
    """What a cell wrote to standard error, and its traceback if the kernel sent one."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stderr":
            yield output.text
        if output.output_type == "error":
            yield "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"


def report(notebook, path, running, error):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    place = f"code cell {len(running)} of {len(cells)} failed" if running else "the kernel did not start"
    print(f"{path}: {place} ({type(error).__name__})", file=sys.stderr)
    for cell in running[-1:]:
        print("--- cell ---", cell.source, "--- said ---", *said(cell), sep="\n", file=sys.stderr)
    if not isinstance(error, CellExecutionError):
        print(error, file=sys.stderr)


def write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".html":
        from nbconvert import HTMLExporter

        path.write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    else:
        nbformat.write(notebook, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--out", type=Path, action="append", default=[], help="write the executed copy: .ipynb or .html")
    parser.add_argument("--timeout", type=int, default=600, help="seconds that one cell may take")
    given = parser.parse_args()
    if not given.notebook.is_file():
        parser.error(f"{given.notebook}: no such notebook")
    for path in given.out:
        if path.suffix not in (".ipynb", ".html"):
            parser.error(f"--out {path}: it takes a path that ends in .ipynb or .html")

    try:
        notebook = nbformat.read(given.notebook, as_version=4)
    except ValueError as error:
        parser.error(f"{given.notebook}: not a notebook ({str(error).splitlines()[0]})")
    runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"])
    runtime.mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    running = []
    client = NotebookClient(
        notebook,
        on_cell_execute=lambda cell, cell_index: running.append(cell),
        timeout=given.timeout,
        startup_timeout=120,
        iopub_timeout=60,
        raise_on_iopub_timeout=True,
        kernel_name="tslab",
        resources={"metadata": {"path": str(HERE.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as error:
        report(notebook, given.notebook, running, error)
        return 1
    finally:
        for path in given.out:
            write(notebook, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
