// CodeMirror in a component: loaded with the SQL tab alone.
// Invariant: what is wrong is what the server says; nothing about the language is decided here.
import { autocompletion, closeBrackets, type Completion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql as sqlLanguage, StandardSQL } from "@codemirror/lang-sql";
import { defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, linter, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { explainSql } from "../api/client";
import type { CatalogView, Issue } from "../api/types";
import { useTheme } from "../settings/theme";
import { darkHighlight } from "./highlight";

interface Props {
  sql: string;
  catalog: CatalogView;
  onChange: (sql: string) => void;
  onRun: (sql: string) => void;
}

const CHECK_DELAY_MS = 400;

export function SqlEditor({ sql, catalog, onChange, onRun }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const { scheme } = useTheme();
  const first = useRef(sql);

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return;
    const state = EditorState.create({
      doc: first.current,
      extensions: [
        Prec.highest(
          keymap.of([
            {
              key: "Mod-Enter",
              run: ({ state }) => {
                onRun(state.doc.toString());
                return true;
              },
            },
          ]),
        ),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        history(),
        lineNumbers(),
        drawSelection(),
        closeBrackets(),
        sqlLanguage({ dialect: StandardSQL, upperCaseKeywords: true }),
        syntaxHighlighting(scheme === "dark" ? darkHighlight : defaultHighlightStyle),
        autocompletion(),
        StandardSQL.language.data.of({ autocomplete: completeFrom(catalog) }),
        lintGutter(),
        linter(findProblems, { delay: CHECK_DELAY_MS }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Semantic SQL" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          first.current = update.state.doc.toString();
          onChange(first.current);
        }),
        EditorView.theme({}, { dark: scheme === "dark" }),
      ],
    });
    const view = new EditorView({ state, parent });
    return () => view.destroy();
  }, [catalog, scheme, onChange, onRun]);

  return <div ref={place} className="editor" />;
}

/** Models, metrics (as MEASURE(...)), dimensions and segments, each with its label. */
function completeFrom(catalog: CatalogView) {
  const options: Completion[] = catalog.models.flatMap((model) => [
    { label: model.name, type: "class", detail: model.label },
    ...model.metrics.map((metric) => ({
      label: metric.name,
      apply: `MEASURE(${metric.name})`,
      type: "function",
      detail: metric.label,
      info: metric.description,
    })),
    ...model.dimensions.map((dimension) => ({
      label: dimension.name,
      type: "property",
      detail: dimension.label,
      info: dimension.description,
    })),
    ...model.segments.map((segment) => ({
      label: segment.name,
      type: "constant",
      detail: segment.label,
      info: segment.description,
    })),
  ]);
  const unique = [...new Map(options.map((option) => [option.label, option])).values()];
  return (context: {
    matchBefore: (pattern: RegExp) => { from: number; to: number; text: string } | null;
    explicit: boolean;
    state: EditorState;
  }) => {
    const word = context.matchBefore(/\w+/);
    if (word === null && !context.explicit) return null;
    const from = word?.from ?? context.state.selection.main.head;
    const isInMeasure = /MEASURE\(\s*$/i.test(context.state.sliceDoc(Math.max(0, from - 12), from));
    return {
      from,
      options: isInMeasure ? unique.map((option) => ({ ...option, apply: option.label })) : unique,
      validFor: /^\w*$/,
    };
  };
}

async function findProblems(view: EditorView): Promise<Diagnostic[]> {
  const text = view.state.doc.toString();
  if (text.trim() === "") return [];
  try {
    const { issues } = await explainSql(text);
    return issues.map((issue) => toDiagnostic(issue, text.length));
  } catch {
    return []; // running it will say what is wrong with the server
  }
}

function toDiagnostic(issue: Issue, length: number): Diagnostic {
  const from = Math.min(issue.start ?? 0, length);
  const to = Math.min(Math.max(issue.end ?? length, from), length);
  const hint = issue.hint ?? "";
  return { from, to, severity: "error", message: `${issue.message} ${hint}`.trim() };
}
