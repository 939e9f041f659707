"""Starts the project's kernel, runs the code of argv[1], interrupts it, and prints as JSON what came of it and of a cell after it."""

import json
import sys
import time

from jupyter_client.manager import start_new_kernel


def run(client, code, interrupt=None):
    """The status and the printed text of one cell; `interrupt` is called once the cell has printed "started"."""
    request = client.execute(code)
    printed = ""
    status = None
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "stream":
            printed += message["content"]["text"]
            if interrupt and "started" in printed:
                time.sleep(0.3)
                interrupt()
                interrupt = None
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    while status is None:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == request:
            status = reply["content"]["status"]
    return {"status": status, "printed": printed}


manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=120)
try:
    first = []
    for code in sys.argv[1:]:
        first.append(run(client, code, manager.interrupt_kernel))
        time.sleep(0.5)  # tslab drops what is asked of it within 200 ms of an error
    after = run(client, "console.log(JSON.stringify(globalThis.stopped));")
    print(json.dumps({"interrupted": first, "after": after, "alive": manager.is_alive()}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
