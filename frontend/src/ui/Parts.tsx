// Small parts every area uses: buttons, states, cards. Presentation only.
import {
  Children,
  cloneElement,
  isValidElement,
  useId,
  type ButtonHTMLAttributes,
  type ReactNode,
} from "react";
import { toError } from "../api/errors";
import { CircleAlert } from "./icons";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "primary" | "plain" | "quiet" | "danger";
  icon?: ReactNode;
}

export function Button({ kind = "plain", icon, children, className = "", ...rest }: ButtonProps) {
  const shape = children === undefined || children === null ? "button-icon" : "";
  return (
    <button type="button" className={`button button-${kind} ${shape} ${className}`} {...rest}>
      {icon}
      {children}
    </button>
  );
}

export function Card({
  title,
  actions,
  children,
  className = "",
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section className={`card ${className}`}>
      {(title !== undefined || actions !== undefined) && (
        <header className="card-head">
          {title !== undefined && <h2 className="card-title">{title}</h2>}
          {actions !== undefined && <div className="card-actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** An error with what to do about it; `retry` where trying again can help. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const found = toError(error);
  return (
    <div className="note note-error" role="alert">
      <CircleAlert aria-hidden size={18} />
      <div className="note-text">
        <p>
          <strong>{found.message}</strong>
        </p>
        {found.hint !== "" && <p>{found.hint}</p>}
        {retry && (
          <Button className="note-action" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="muted">{children}</div>}
    </div>
  );
}

/** Holds the place of what is coming; screen readers hear one word instead of bones. */
export function Loading({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="loading" role="status">
      <span className="sr-only">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="bone" aria-hidden />
      ))}
    </div>
  );
}

export function PageHead({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="page-head">
      <div>
        <h1>{title}</h1>
        {lead !== undefined && <p className="lead">{lead}</p>}
      </div>
      {children !== undefined && <div className="page-actions">{children}</div>}
    </header>
  );
}

/** A label and the control it names: the first of `children`. */
export function Field({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  // Not wrapped around it: the options of a list would become part of its name.
  const [control, ...others] = Children.toArray(children);
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {isValidElement<{ id?: string }>(control) ? cloneElement(control, { id }) : control}
      {others}
    </div>
  );
}
