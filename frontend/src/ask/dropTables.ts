// A Markdown tree without its tables and the "… and 3 more." that follows a cut one.
interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

export function dropTables() {
  return (tree: Node): void => {
    const kept: Node[] = [];
    let previous = "";
    for (const node of tree.children ?? []) {
      const isRest = previous === "table" && node.type === "paragraph" && startOf(node).startsWith("…");
      if (node.type !== "table" && !isRest) kept.push(node);
      previous = node.type;
    }
    tree.children = kept;
  };
}

function startOf(node: Node): string {
  return node.value ?? (node.children?.[0] ? startOf(node.children[0]) : "");
}
