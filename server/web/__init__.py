"""The built page to bytes that can be sent: every file with its type, tag and compressed forms.

Read once by `create_app`. Invariant: only files of the build are ever served, by exact path.
"""
