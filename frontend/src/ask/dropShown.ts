// A Markdown tree without what stands below as a card of its own: the tables, the "… and 3 more."
// that follows a cut one, and a first line that only repeats a card's title.
interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

export function dropShown(titles: string[]) {
  return () =>
    (tree: Node): void => {
      const kept: Node[] = [];
      let previous = "";
      for (const node of tree.children ?? []) {
        const isRest =
          previous === "table" && node.type === "paragraph" && textOf(node).startsWith("…");
        if (node.type !== "table" && !isRest && !isTitle(node, titles)) kept.push(node);
        previous = node.type;
      }
      tree.children = kept;
    };
}

function isTitle(node: Node, titles: string[]): boolean {
  const [only, ...others] = node.children ?? [];
  if (node.type !== "paragraph" || only?.type !== "strong" || others.length > 0) return false;
  return titles.includes(textOf(only));
}

function textOf(node: Node): string {
  return node.value ?? (node.children ?? []).map(textOf).join("");
}
