// Where questions are typed: Enter asks, Shift+Enter breaks the line, Esc stops, / comes here.
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "../ui/Parts";
import { Send, Square } from "../ui/icons";
import { useTalk } from "./conversation";

const MOST_CHARS = 4000;

export function Composer() {
  const { ask, stop, asking } = useTalk();
  const [text, setText] = useState("");
  const input = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    const focus = (event: globalThis.KeyboardEvent) => {
      if (event.key === "Escape") stop();
      if (event.key !== "/" || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, [stop]);

  const send = () => {
    const question = text.trim();
    if (question === "" || asking) return;
    ask(question);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label className="sr-only" htmlFor="question">
        Your question
      </label>
      <textarea
        id="question"
        ref={input}
        rows={1}
        maxLength={MOST_CHARS}
        placeholder="Ask about your sales"
        value={text}
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {asking ? (
        <Button
          kind="primary"
          aria-label="Stop"
          icon={<Square aria-hidden size={16} />}
          onClick={stop}
        />
      ) : (
        <Button
          kind="primary"
          type="submit"
          aria-label="Ask"
          disabled={text.trim() === ""}
          icon={<Send aria-hidden size={18} />}
        />
      )}
    </form>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}
