"""Reads stored messages as a mail program does: python3 - OUT MESSAGE...

Prints one JSON object a message; the contents of its parts go into files in OUT, byte for byte.
"""

import email
import email.policy
import json
import pathlib
import sys

out, messages = pathlib.Path(sys.argv[1]), sys.argv[2:]
for number, path in enumerate(messages):
    raw = pathlib.Path(path).read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = []
    for part in message.walk():
        if part.is_multipart():
            continue
        content = out / f"{number}-{len(parts)}"
        content.write_bytes(part.get_payload(decode=True))
        parts.append(
            {
                "type": part.get_content_type(),
                "disposition": part.get_content_disposition(),
                "name": part.get_filename(),
                "cid": part["Content-ID"],
                "content": str(content),
            }
        )
    fields = {}
    for name, value in message.items():
        fields.setdefault(name.lower(), []).append(str(value))
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    shape = [part.get_content_type() for part in message.walk() if part.is_multipart()]
    longest = max(len(line) for line in raw.split(b"\n"))
    print(
        json.dumps(
            {
                "fields": fields,
                "parts": parts,
                "shape": shape,
                "defects": defects,
                "longest_line": longest,
            }
        )
    )
