"""The HTTP shell: app, problems, headers, access for operators."""
