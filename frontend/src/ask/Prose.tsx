// Markdown of an answer as elements. Raw HTML stays text, pictures are not loaded, links go to
// http(s) alone: an answer may repeat what somebody wrote into the CRM.
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { dropTables } from "./dropTables";

const components: Components = {
  img: ({ alt }) => <span className="muted">{alt}</span>,
  a: ({ href, children }) =>
    href !== undefined && /^https?:\/\//.test(href) ? (
      <a href={href} target="_blank" rel="noreferrer noopener">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
};

/** `tables` is false where the same rows stand below as a table that can be sorted. */
export function Prose({ text, tables = true }: { text: string; tables?: boolean }) {
  return (
    <div className="prose">
      <Markdown
        remarkPlugins={tables ? [remarkGfm] : [remarkGfm, dropTables]}
        components={components}
      >
        {text}
      </Markdown>
    </div>
  );
}
