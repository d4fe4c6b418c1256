// The first area: a conversation in the middle, earlier ones at its side.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { printConversation } from "../api/client";
import { catalogQuery, conversationQuery } from "../api/queries";
import { HealthBadge } from "../app/HealthBadge";
import { Modal } from "../ui/Dialogs";
import { Button, ErrorNote, Loading } from "../ui/Parts";
import { FileText, History, Plus } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { save } from "../ui/save";
import { Composer } from "./Composer";
import { ConversationList } from "./ConversationList";
import { useTalk } from "./conversation";
import { TurnView } from "./TurnView";

const QUICK_QUESTIONS = 6;

export function AskPage() {
  const { conversation, clear } = useTalk();
  const navigate = useNavigate();
  const [listed, setListed] = useState(false);
  const startNew = () => {
    clear();
    void navigate({ to: "/ask" });
    document.getElementById("question")?.focus();
  };
  const opening = useOpened();
  const isEmpty = conversation.turns.length === 0;

  return (
    <div className="ask">
      <aside className="ask-side" aria-label="Conversations">
        <Button icon={<Plus aria-hidden size={16} />} onClick={startNew}>
          New conversation
        </Button>
        <ConversationList />
      </aside>
      <div className="ask-main">
        <header className="ask-head">
          <Button
            kind="quiet"
            className="only-narrow"
            aria-label="Earlier conversations"
            icon={<History aria-hidden size={18} />}
            onClick={() => setListed(true)}
          />
          <HealthBadge />
          <span className="spacer" />
          {conversation.id !== null && <PrintButton id={conversation.id} />}
          <Button
            kind="quiet"
            className="only-narrow"
            aria-label="New conversation"
            icon={<Plus aria-hidden size={18} />}
            onClick={startNew}
          />
        </header>
        <div className="turns">
          <h1 className={isEmpty && !opening.isBusy ? "ask-title" : "sr-only"}>
            What would you like to know?
          </h1>
          {opening.isBusy && <Loading lines={6} label="Opening the conversation" />}
          {opening.error !== null && <ErrorNote error={opening.error} />}
          {isEmpty && !opening.isBusy && <QuickQuestions />}
          {conversation.turns.map((turn) => (
            <TurnView key={turn.id} turn={turn} />
          ))}
          <KeepInSight />
        </div>
        <Composer />
      </div>
      {listed && (
        <Modal title="Conversations" onClose={() => setListed(false)}>
          <ConversationList onOpen={() => setListed(false)} />
        </Modal>
      )}
    </div>
  );
}

/** Opens the conversation of the address; writes the address of one that has just begun. */
function useOpened(): { isBusy: boolean; error: Error | null } {
  const { conversation, show, clear, asking } = useTalk();
  const { conversationId } = useParams({ strict: false });
  const navigate = useNavigate();
  const wanted = conversationId ?? null;
  const { id } = conversation;
  const isOther = wanted !== null && wanted !== id;
  const stored = useQuery({ ...conversationQuery(wanted ?? ""), enabled: isOther });
  const before = useRef({ wanted, id: wanted });

  useEffect(() => {
    if (isOther && stored.data?.conversation_id === wanted) show(stored.data);
  }, [isOther, stored.data, wanted, show]);

  useEffect(() => {
    const hasLeft = before.current.wanted !== null && wanted === null;
    const hasBegun = id !== null && id !== before.current.id && id !== wanted;
    before.current = { wanted, id };
    if (hasLeft && !asking) clear();
    else if (hasBegun) {
      const params = { conversationId: id };
      void navigate({ to: "/ask/$conversationId", params, replace: true });
    }
  }, [wanted, id, asking, clear, navigate]);

  return { isBusy: isOther && stored.isPending, error: isOther ? stored.error : null };
}

function QuickQuestions() {
  const { ask } = useTalk();
  const catalog = useQuery(catalogQuery);
  if (catalog.isPending) return <Loading lines={3} label="Loading questions" />;
  if (catalog.isError)
    return <ErrorNote error={catalog.error} retry={() => void catalog.refetch()} />;
  return (
    <ul className="quick" aria-label="Questions to start with">
      {catalog.data.quick_questions.slice(0, QUICK_QUESTIONS).map(({ question }) => (
        <li key={question}>
          <button type="button" className="quick-question" onClick={() => ask(question)}>
            {question}
          </button>
        </li>
      ))}
    </ul>
  );
}

function PrintButton({ id }: { id: string }) {
  const notice = useNotice();
  const [busy, setBusy] = useState(false);
  const print = async () => {
    setBusy(true);
    try {
      save(await printConversation(id));
      notice.show("The report is in your downloads.");
    } catch (reason) {
      notice.showError(reason);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      kind="quiet"
      icon={<FileText aria-hidden size={16} />}
      disabled={busy}
      onClick={() => void print()}
    >
      {busy ? "Printing…" : "PDF"}
    </Button>
  );
}

/** A new turn is scrolled to once; reading on is left to the reader. */
function KeepInSight() {
  const { conversation } = useTalk();
  const last = conversation.turns.at(-1)?.id;
  const count = conversation.turns.length;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const turn = end.current?.previousElementSibling;
    if (count > 1 && turn?.classList.contains("turn")) turn.scrollIntoView({ block: "start" });
  }, [last, count]);
  return <div ref={end} />;
}
