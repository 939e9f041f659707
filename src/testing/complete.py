"""Runs the code of argv[1] in the project's kernel, and prints as JSON what each further line may become where | stands in it."""

import json
import sys

from jupyter_client.manager import start_new_kernel


def reply(client, request):
    while True:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request:
            return message["content"]


manager, client = start_new_kernel(kernel_name="tslab", startup_timeout=120)
try:
    reply(client, client.execute(sys.argv[1]))
    completed = []
    for line in sys.argv[2:]:
        code = line.replace("|", "")
        found = reply(client, client.complete(code, line.index("|")))
        start, end = found["cursor_start"], found["cursor_end"]
        completed.append([code[:start] + match + code[end:] for match in found["matches"]])
    print(json.dumps(completed))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
