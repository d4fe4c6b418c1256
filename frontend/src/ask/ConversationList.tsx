// What was asked before: open, rename, delete.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { deleteConversation, renameConversation } from "../api/client";
import { conversationsQuery } from "../api/queries";
import type { ConversationLine } from "../api/types";
import { formatMoment } from "../results/format";
import { Confirm, Modal } from "../ui/Dialogs";
import { Button, ErrorNote, Field, Loading } from "../ui/Parts";
import { Ellipsis } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { useTalk } from "./conversation";

type Doing = { line: ConversationLine; what: "rename" | "delete" } | null;

export function ConversationList({ onOpen }: { onOpen?: () => void }) {
  const list = useQuery(conversationsQuery);
  const [doing, setDoing] = useState<Doing>(null);
  if (list.isPending) return <Loading lines={5} label="Loading conversations" />;
  if (list.isError) return <ErrorNote error={list.error} retry={() => void list.refetch()} />;
  if (list.data.conversations.length === 0) {
    return <p className="muted">Your conversations will stand here.</p>;
  }
  return (
    <>
      <ul className="conversations">
        {list.data.conversations.map((line) => (
          <Line key={line.conversation_id} line={line} onDo={setDoing} onOpen={onOpen} />
        ))}
      </ul>
      {doing?.what === "rename" && <Rename line={doing.line} onClose={() => setDoing(null)} />}
      {doing?.what === "delete" && <Delete line={doing.line} onClose={() => setDoing(null)} />}
    </>
  );
}

function Line({
  line,
  onDo,
  onOpen,
}: {
  line: ConversationLine;
  onDo: (doing: Doing) => void;
  onOpen: (() => void) | undefined;
}) {
  return (
    <li className="conversation">
      <Link
        to="/ask/$conversationId"
        params={{ conversationId: line.conversation_id }}
        className="conversation-link"
        onClick={onOpen}
      >
        <span className="conversation-title">{line.title}</span>
        <span className="conversation-time">{formatMoment(line.timestamp)}</span>
      </Link>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <Button
            kind="quiet"
            aria-label={`More for ${line.title}`}
            icon={<Ellipsis aria-hidden size={16} />}
          />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end">
            <DropdownMenu.Item
              className="menu-item"
              onSelect={() => onDo({ line, what: "rename" })}
            >
              Rename
            </DropdownMenu.Item>
            <DropdownMenu.Item
              className="menu-item menu-danger"
              onSelect={() => onDo({ line, what: "delete" })}
            >
              Delete
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </li>
  );
}

function Rename({ line, onClose }: { line: ConversationLine; onClose: () => void }) {
  const [title, setTitle] = useState(line.title);
  const queries = useQueryClient();
  const rename = useMutation({
    mutationFn: () => renameConversation(line.conversation_id, title.trim()),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: conversationsQuery.queryKey });
    },
  });
  return (
    <Modal title="Rename the conversation" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <Field label="Title">
          <input
            value={title}
            maxLength={100}
            autoFocus
            onChange={(event) => setTitle(event.target.value)}
          />
        </Field>
        {rename.isError && <ErrorNote error={rename.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={title.trim() === "" || rename.isPending}>
            Rename
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Delete({ line, onClose }: { line: ConversationLine; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const notice = useNotice();
  const { conversation, clear } = useTalk();
  const remove = useMutation({
    mutationFn: () => deleteConversation(line.conversation_id),
    onSuccess: async () => {
      if (conversation.id === line.conversation_id) {
        clear();
        await navigate({ to: "/ask" });
      }
      await queries.invalidateQueries({ queryKey: conversationsQuery.queryKey });
      notice.show("The conversation is deleted.");
    },
    onError: notice.showError,
  });
  return (
    <Confirm
      title="Delete this conversation?"
      description={`“${line.title}” and its answers are deleted for good.`}
      action="Delete"
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
