"""The texts a language model is given, one Markdown file each; read by `server/planner/llm`."""
