// Colours of SQL on a dark page; the library's own default is made for light ones.
import { HighlightStyle } from "@codemirror/language";
import { tags } from "@lezer/highlight";

export const darkHighlight = HighlightStyle.define([
  { tag: tags.keyword, color: "#c6a4ff" },
  { tag: tags.string, color: "#9fd8a4" },
  { tag: [tags.number, tags.bool, tags.null], color: "#f0b775" },
  { tag: tags.comment, color: "#929aa8" },
  { tag: [tags.operator, tags.punctuation], color: "#b4bbc7" },
]);
