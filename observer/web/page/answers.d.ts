// What the page receives. Generated from the types of Python by tests/observer/web/page_types.py.

export type Span = string | string[];

export type Block =
  | Paragraph
  | Heading
  | Code
  | Quote
  | List
  | Table
  | Rule
  | Output
  | Diff
  | Json
  | Image
  | Todo
  | Field
  | Note;

export interface Code {
  block: "code";
  language: string;
  spans: Span[];
}

export interface ComparisonProgress {
  bytes: number;
  passed_bytes: number;
}

export interface ComparisonTable {
  names: [string, string];
  sections: TableSection[];
}

export interface Diff {
  block: "diff";
  parts: [string, string[]][];
  note?: string;
}

export interface Field {
  block: "field";
  name: string;
  blocks: Block[];
}

export interface Heading {
  block: "heading";
  level: number;
  spans: Span[];
}

export interface Hit {
  at: number;
  seq: number | null;
  type: string;
  timestamp: string | null;
  before: string;
  match: string;
  after: string;
}

export interface HitAnswer {
  generation: string;
  size: number;
  read_to: number;
  at: number | null;
  words: string;
}

export interface Image {
  block: "image";
  words: string;
  media_type: string;
  file?: string;
}

export interface Item {
  blocks: Block[];
  checked?: boolean | null;
}

export interface Json {
  block: "json";
  node: JsonNode;
  note?: string;
}

export interface JsonNode {
  text: string;
  look?: string;
  key?: string;
  children?: JsonNode[];
}

export interface List {
  block: "list";
  items: Item[];
  start?: number | null;
}

export interface ListMessage {
  total: number;
  matching: number;
  needing: number;
  newest: string | null;
  verdicts: Record<string, number>;
  projects: Record<string, number>;
  groups: RunGroup[];
  order: string[] | null;
  runs: Record<string, unknown>[];
  has_run: boolean;
}

export interface ListedFields {
  run: string;
  name: string;
  file: string;
  verdict: Verdict;
  tool: string | null;
  seconds: number | null;
  until: string | null;
  missing: string | null;
  waiting_for: string | null;
  live: boolean | null;
  agent_type: string | null;
  iteration: number | null;
  passing: number | null;
  total: number | null;
  started: string | null;
  elapsed_s: number | null;
  cost_usd: number | null;
  cost_is_minimum: boolean;
  tokens: TokenCounts | null;
  last_event: string | null;
  silent_s: number | null;
  about: string;
  bytes: number;
  known_from: number | null;
  project: string | null;
  project_dir: string | null;
  host: string | null;
}

export interface Note {
  block: "note";
  spans: Span[];
  tone?: Tone;
}

export interface Output {
  block: "output";
  spans: Span[];
  note?: string;
  tail?: Span[];
}

export interface PanelAnswer {
  generation: string;
  size: number;
  read_to: number;
  panel: PanelContents;
}

export interface PanelContents {
  began: number | null;
  sections: Section[];
  closing: PanelRow | null;
  problems: number;
  events: number;
}

export type PanelLook = "bad" | "blocked" | "code" | "dim" | "good" | "plain" | "strong" | "warning";

export interface PanelRow {
  words: [string, PanelLook][];
  time: number | null;
  at: number | null;
}

export interface Paragraph {
  block: "paragraph";
  spans: Span[];
}

export interface Progress {
  run: string | null;
  runs: number;
  passed_runs: number;
  bytes: number;
  passed_bytes: number;
  unreadable: number;
}

export interface Quote {
  block: "quote";
  blocks: Block[];
}

export interface Row {
  kind: string;
  seq?: number | null;
  time?: number | null;
  agent?: string | null;
  iteration?: number | null;
  label?: string;
  title?: Span[];
  facts?: (Span[])[];
  tone?: Tone;
  trouble?: boolean;
  quiet?: boolean;
  status?: Span[];
  took?: string;
  blocks?: Block[];
  folded?: boolean;
  text?: string | null;
  message?: string | null;
  block?: number | null;
  replaces?: string | null;
  call?: string | null;
  tool?: string | null;
  about?: string | null;
  unended?: Span[];
  ends_calls?: boolean;
}

export interface Rule {
  block: "rule";
}

export interface RunGroup {
  name: string;
  count: number;
  needing: number;
}

export interface RunHits {
  run: string;
  about: string;
  project_dir: string | null;
  hits: Hit[];
  has_more: boolean;
  last_message: string;
}

export interface RunWords {
  tone: string;
  sign: string;
  is_over: boolean;
  needs_person: boolean;
  asking: string | null;
  status: StatusParts;
  listed_status: StatusParts;
  about: string;
  listed_about: string;
  agent: string;
  cost: string;
  tokens: string;
  progress: string;
  passing: string;
  share: number;
  place: string;
  listed_facts: string;
}

export interface Section {
  name: string;
  title: string;
  rows: PanelRow[];
  note: string;
}

export interface StatusParts {
  before: string;
  seconds: number | null;
  after: string;
  lead: string;
  until: string | null;
}

export interface StepAnswer {
  generation: string;
  size: number;
  read_to: number;
  at: number | null;
  words: string;
}

export interface Table {
  block: "table";
  align: string[];
  head: (Span[])[];
  rows: ((Span[])[])[];
}

export interface TableRow {
  label: string;
  cells: [[string, PanelLook][], [string, PanelLook][]];
  differs: boolean;
  at: [number | null, number | null];
}

export interface TableSection {
  name: string;
  title: string;
  rows: TableRow[];
  note: string;
}

export interface Todo {
  block: "todo";
  items: [string, string, string][];
}

export interface TokenCounts {
  input: number;
  output: number | null;
  cache_read: number;
  cache_write: number;
  thinking: number | null;
}

export type Tone = "" | "bad" | "blocked" | "dim" | "good" | "running" | "warning";

export type Verdict =
  | "complete"
  | "crashed"
  | "ended"
  | "failed"
  | "idle"
  | "in tool"
  | "interrupted"
  | "rate limited"
  | "retrying"
  | "stalled"
  | "unknown"
  | "waiting on human"
  | "waiting on model"
  | "working";
