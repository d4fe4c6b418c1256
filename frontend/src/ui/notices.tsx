// Short messages that pass: something was saved, or an action failed and why.
import { Toast } from "radix-ui";
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from "react";
import { isAbort, toError } from "../api/errors";
import { X } from "./icons";

interface Message {
  id: number;
  kind: "done" | "error";
  text: string;
  hint: string;
}

interface Notice {
  show: (text: string) => void;
  showError: (reason: unknown) => void;
}

const NoticeContext = createContext<Notice | null>(null);
const DONE_MS = 4_000;
const ERROR_MS = 12_000;

export function useNotice(): Notice {
  const notice = use(NoticeContext);
  if (notice === null) throw new Error("useNotice outside of NoticeProvider");
  return notice;
}

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([]);
  const add = useCallback((message: Omit<Message, "id">) => {
    setMessages((before) => [
      ...before.slice(-2),
      { ...message, id: (before.at(-1)?.id ?? 0) + 1 },
    ]);
  }, []);
  const notice = useMemo<Notice>(
    () => ({
      show: (text) => add({ kind: "done", text, hint: "" }),
      showError: (reason) => {
        if (isAbort(reason)) return;
        const error = toError(reason);
        add({ kind: "error", text: error.message, hint: error.hint });
      },
    }),
    [add],
  );
  return (
    <NoticeContext value={notice}>
      <Toast.Provider swipeDirection="right" label="Notice">
        {children}
        {messages.map((message) => (
          <Toast.Root
            key={message.id}
            className={`toast toast-${message.kind}`}
            duration={message.kind === "error" ? ERROR_MS : DONE_MS}
            onOpenChange={(open) => {
              if (!open) setMessages((all) => all.filter(({ id }) => id !== message.id));
            }}
          >
            <div>
              <Toast.Title className="toast-title">{message.text}</Toast.Title>
              {message.hint !== "" && <Toast.Description>{message.hint}</Toast.Description>}
            </div>
            <Toast.Close className="button button-quiet button-icon" aria-label="Close the notice">
              <X aria-hidden size={16} />
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="toasts" />
      </Toast.Provider>
    </NoticeContext>
  );
}
