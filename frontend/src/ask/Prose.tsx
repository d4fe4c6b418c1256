// Markdown of an answer as elements. Raw HTML stays text, pictures are not loaded, links go to
// http(s) alone: an answer may repeat what somebody wrote into the CRM.
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { dropShown } from "./dropShown";

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

/** `shown`: titles of the cards below, which hold the tables in a form that can be sorted. */
export function Prose({ text, shown = [] }: { text: string; shown?: string[] }) {
  const plugins = shown.length === 0 ? [remarkGfm] : [remarkGfm, dropShown(shown)];
  return (
    <div className="prose">
      <Markdown remarkPlugins={plugins} components={components}>
        {text}
      </Markdown>
    </div>
  );
}
