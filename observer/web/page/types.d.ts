// Types of what the modules of the page hand to one another. What the page receives is in answers.d.ts.

import type {
  Block,
  HitAnswer,
  ListedFields,
  ListMessage,
  PanelAnswer,
  PanelContents,
  PanelRow,
  Row,
  RunWords,
  Span,
  StepAnswer,
} from "./answers.d.ts";
import type { Autoscroll } from "./autoscroll.js";
import type { LiveFilter } from "./live_filter.js";
import type { LiveRegion } from "./live_region.js";
import type { LogView } from "./log_view.js";
import type { RowView } from "./row_view.js";
import type { TimelineData } from "./timeline_data.js";
import type { TimelineStrip } from "./timeline_strip.js";

/** A row, and where its line is in the file. */
export interface EventRecord extends Row {
  offset: number;
  end: number;
  bytes: number;
  seq: number | null;
  time: number | null;
  agent: string | null;
  title: Span[];
  facts: Span[][];
  status: Span[];
  blocks: Block[];
}

/** What is known of a subagent: its last record, with the title of its first one. */
export type AgentRecord = Partial<EventRecord> & { starts?: boolean };

/** A row of the log: records that belong together. */
export interface LogRow {
  key: string;
  type: string;
  offset: number;
  end: number;
  seq: number | null;
  time: number | null;
  endTime: number | null;
  events: number;
  parent: string | null;
  bad: boolean;
  children: LogRow[];
  holder: LogRow | null;
  depth: number;
  record: EventRecord;
  voided?: boolean;
  /** Of a text. */
  text?: string;
  firstEnd?: number;
  tree?: Block[] | null;
  treeRequested?: number;
  complete?: boolean;
  figures?: EventRecord;
  /** Of a call or a subagent. */
  id?: string | null;
  call?: EventRecord | null;
  input?: EventRecord | null;
  result?: EventRecord | null;
  agent?: AgentRecord | null;
  ended?: boolean;
  asking?: string | null;
  resultBelow?: boolean;
  lookupTime?: number;
}

/** Calls and results that were looked up, by the id of the call; null for a call that is not in the run. */
export interface KnownCalls {
  inputs: Map<string, EventRecord | null>;
  results: Map<string, EventRecord>;
}

/** The tool that a person is asked about, and what to say of its calls. */
export interface Asking {
  tool: string | null;
  words: string | null;
}

/** What the rows of a log share. */
export interface RowContext {
  origin: number | null;
  run: string;
  query: string;
  linkTo(row: LogRow): string;
  now(): number;
  imageUrl(file: string): string | null;
  loadRow(end: number, firstEnd?: number): Promise<Row | null>;
  changed(change: () => void): void;
}

export type Direction = "after" | "before";
export type Edge = "start" | "end";

/** A position in a file: a cursor, or its start or end. */
export type Position = Partial<Record<"after" | "before" | "around" | "at", string>>;

/** The filters of a request, named like the options of the command line. */
export interface Filters {
  type?: string | string[];
  exclude?: string;
  tool?: string;
  status?: string;
  agent?: string;
  errors?: boolean;
  grep?: string;
}

/** The filters that are set, as the URL has them. */
export type FilterState = Partial<Record<"type" | "tool" | "status" | "agent" | "errors" | "text", string>>;

export interface LinesQuery extends Position, Filters {
  seq?: number;
  time?: string;
  limit: number;
}

/** Where a line begins and ends, and its row; null if only the line is known. */
export type PlacedRow = [offset: number, end: number, row: Row | null];

/** A page of rows. */
export interface Page {
  generation: string;
  size: number;
  lines: PlacedRow[];
  first: number;
  last: number;
  at?: number;
  at_start: boolean;
  at_end: boolean;
  searched_to?: number;
}

/** The place at which a run is opened. */
export interface Place {
  seq?: number;
  time?: string;
  around?: number;
  after?: "start";
}

/** What the hash of a URL names. */
export interface Address {
  place: Place | null;
  follow: boolean;
  filters: FilterState;
  compare: string[];
}

/** An event of a file by its number, or by the byte at which it begins. */
export type RowPlace = Pick<LogRow, "seq" | "offset">;

/** Handlers of the events of a stream, by their names. */
export type StreamHandlers = Record<string, (data: string, id: string) => void>;
export type StreamState = "live" | "lost" | "idle";
export type ConnectionCallback = (state: StreamState, delay?: number) => void;

export interface Stream {
  close(): void;
  reconnect(): void;
}

/** What answers questions about runs: the server, or a report. */
export interface RunSource {
  lines(run: string, query: LinesQuery, signal?: AbortSignal): Promise<Page>;
  row(run: string, query: { at: string; first?: string | null }, signal?: AbortSignal): Promise<Row | null>;
  problem(run: string, query: Position, signal?: AbortSignal): Promise<Omit<StepAnswer, "generation">>;
  hit(run: string, query: Position & Filters, signal?: AbortSignal): Promise<Omit<HitAnswer, "generation">>;
  timeline(run: string): Promise<TimelineAnswer>;
  panel?(run: string): Promise<PanelAnswer>;
  follow(run: string, query: Filters, from: string, handlers: StreamHandlers, onState: ConnectionCallback): Stream;
  imageUrl(run: string, file: string): string | null;
}

export type SpanKind = "session" | "tool" | "subagent";

/** The timeline of a run as it is sent. */
export interface TimelineAnswer {
  size: number;
  read_to: number;
  began: number | null;
  ended: number | null;
  spans: [
    kind: SpanKind,
    name: string,
    start: number,
    end: number | null,
    status: string,
    agent: number,
    offset: number,
    id: string,
    detail: string,
  ][];
  marks: [type: string, time: number, offset: number, text: string][];
  prompts: [start: number, offset: number, words: string][];
  agents: TimelineAgent[];
  tools: Record<string, string>;
  statuses: Record<string, Span[]>;
  unended: Span[];
  left_out: number;
}

export interface TimelineAgent {
  id: string | null;
  name: string;
}

/** Something on the timeline that took time, or a mark; times are in ms since the start of the run. */
export interface TimelineSpan {
  kind: SpanKind | "mark";
  name: string;
  label: string;
  start: number;
  end: number | null;
  status: string;
  role: string;
  agent: number;
  offset: number;
  id: string;
  detail: string;
  active: boolean;
  level: number;
}

export interface TimelinePrompt {
  kind: "prompt";
  words: string;
  start: number;
  offset: number;
}

/** Bars that do not overlap; reach[i] is the latest end of bars[0..i]. */
export interface Level {
  bars: TimelineSpan[];
  reach: number[];
}

export interface Lane {
  label: string;
  bars: TimelineSpan[];
  levels: Level[];
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Colors = Record<string, string>;

/** How a timeline is painted. */
export interface PaintStyle {
  colors: Colors;
  stripes: CanvasPattern;
  width: number;
  height: number;
  barHeight: number;
  rulerHeight: number;
  labelOf(bar: TimelineSpan): [name: string, detail: string];
  hueOf(bar: TimelineSpan): number;
}

/** A run in the list, and when that was received, in ms since 1970. */
export interface Run extends ListedFields {
  words: RunWords;
  receivedAt: number;
}

/** A message of the stream of the list. */
export interface RunListMessage extends Omit<ListMessage, "runs"> {
  runs: Run[];
}

/** What a report holds beside its rows. */
export interface ReportData {
  run: string;
  size: number;
  over: boolean;
  closing: PanelRow | null;
  problems: number[];
  events: number;
  chunks: [begin: number, seq: number | null, time: number | null][];
  timeline: TimelineAnswer;
  now: number;
  zone: { name: string; spans: ZoneSpan[] };
}

/** From which time in ms since 1970 on an offset in minutes and a label hold. */
export type ZoneSpan = [from: number, offset: number, label: string];

export interface Zone {
  name: string;
  offsetAt(ms: number): number;
  labelAt(ms: number): string;
}

/** A record of a report: its row, and the blocks that show all of its event if there is more. */
export interface EmbeddedRecord {
  offset: number;
  end: number;
  row: Row;
  blocks: Block[] | null;
  status: string;
}

/** What a header of the page is told of a run. */
export interface Header {
  clear(name: string): void;
  setModel(model: string | null | undefined): void;
  setTodo(text: string, offset: number): void;
  pulse(): void;
}

/** What the panel of a page does. */
export interface RunPanel {
  begin(run: string): void;
  load(run: string): void;
  dismiss(): boolean;
  toggle(): void;
  render(): void;
}

/** What a page does with the run that it shows. */
export interface PageCallbacks {
  newest(): string | null | undefined;
  has(name: string): boolean;
  place(): Place | null;
  isKept(): boolean;
  opening(name: string): void;
  compared(): string[];
  compare(names: string[]): void;
  connection: ConnectionCallback;
  replaced(reason: string): void;
  failed(error: unknown): void;
  loaded(name: string, panel: PanelContents): void;
  jumping(): void;
}

export type Action = [label: string, act: () => void];

/** Attributes of an element; those that are null, undefined or false are omitted. */
export type Attributes = Record<string, string | number | boolean | null | undefined>;

/** Parameters of a request; a list is repeated, and what is null, undefined, false or "" is omitted. */
export type QueryParameters = object;

/** The element for a selector: if that is only the name of a tag, its type is known. */
export type Found<S extends string> = S extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[S] : HTMLElement;

/** What the blocks of a row are drawn with. */
export type BlockContext = Pick<RowContext, "query" | "imageUrl">;

/** The element of a row of the log. */
export type RowElement = HTMLElement & { view: RowView };

export interface LogCallbacks {
  onEdge(edge: Edge): void;
  onScroll(): void;
  onAction(name: string, row: LogRow, actor: HTMLElement | null): void;
  onCurrent(): void;
}

/** How far a search is: `done` of `size` bytes of the file. */
export interface SearchState {
  what: string;
  done: number;
  size: number;
}

/** Up to where a reader has received the events of a run. */
export interface ReaderPosition {
  run: string;
  generation: string;
  streamedTo: number;
}

export interface ReaderCallbacks {
  arrived(): void;
  appended(events: EventRecord[]): void;
  skipped(events: EventRecord[]): void;
  replaced(): void;
  grew(edge: Edge): void;
  heartbeat(event: EventRecord): void;
  counted(events: number): void;
  caughtUp(): void;
  flooded(): void;
  reset(reason: string): void;
  connection: ConnectionCallback;
  failed(error: unknown): void;
  searching(search: SearchState): void;
  searched(): void;
}

export interface RunViewCallbacks {
  connection: ConnectionCallback;
  began(name: string): void;
  opened(): void;
  reset(reason: string): void;
  failed(error: unknown): void;
  stepped(words: string): void;
  searching(subject: string, done: number, size: number): void;
  searched(): void;
}

export interface RunViewParts {
  source: RunSource;
  log: LogView;
  header: Header;
  strip: TimelineStrip;
  filter: LiveFilter;
  liveRegion: LiveRegion;
  context: RowContext;
  autoscroll: Autoscroll;
  callbacks: RunViewCallbacks;
}

export interface RunPageParts {
  source: RunSource;
  header: Header;
  liveRegion: LiveRegion;
  panel?: RunPanel | null;
  now?: () => number;
  callbacks: PageCallbacks;
}

type Route = "newest" | "has" | "place" | "isKept" | "opening" | "compared" | "compare";

export interface NavigationCallbacks extends Pick<PageCallbacks, Route> {
  missing(what: string): void;
}

export interface HitCallbacks {
  shown(words: string): void;
  stepped(words: string): void;
  counting(done: number, size: number): void;
  counted(): void;
}

export interface PanelParts {
  source: RunSource;
  linkTo(run: string, at: number): string;
  jump(at: number): void;
  changed(run: string, panel: PanelContents): void;
}

export interface OutlineParts {
  timeline(): TimelineData | null;
  linkTo(at: number): string;
  jump(at: number): void;
}

/** A session, a prompt or a subagent in the outline. */
export type OutlineEntry = Pick<TimelineSpan, "start" | "offset"> & {
  kind: string;
  words: string;
  status?: string;
  role?: string;
};

/** An entry of the outline, and those in it. */
export interface OutlineNode {
  entry: OutlineEntry;
  inner: OutlineNode[];
}

export interface RunListCallbacks {
  changed(run: Run): void;
  removed(name: string): void;
  listed(): void;
  connection: ConnectionCallback;
  isPicked(name: string): boolean;
}

/** A run as the list shows it. */
export interface RunItem {
  element: HTMLElement;
  link: HTMLElement;
  pick: HTMLInputElement;
  parts: Record<"verdict" | "age" | "about" | "place" | "agent" | "progress" | "bar" | "meter", HTMLElement>;
  run: Run;
  selected: boolean;
}

export interface FilterBarParts {
  subject: string;
  search: Attributes;
  selects: HTMLSelectElement[];
  buttons?: HTMLElement[];
  typingMs: number;
}

/** The hits of a filter in a report, as far as they are counted: in the chunks before `next`. */
export interface EmbeddedHits {
  subject: string;
  passing: RowTest;
  offsets: number[];
  shared: Set<string | null>;
  next: number;
}

/** Returns the row of a record as it is shown, null if it does not pass. */
export type RowTest = (record: EmbeddedRecord) => Row | null;

/** A record of a report as it is packed: how far it is from the one before it, and how long. */
export type PackedRecord = [gap: number, length: number, row: Row, blocks?: Block[] | null, status?: string];

export type OpenBar = (bar: TimelineSpan) => void;
export type ZoomAction = "in" | "out" | "fit" | "left" | "right";
