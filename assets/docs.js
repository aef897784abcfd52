// The /docs page: shows /openapi.json and lets the reader try it.
// Nothing that comes from the server is ever read as HTML: text goes in through textContent only.
// The tokens live in the fields of this page and nowhere else.
"use strict";

const session = { spec: null };
const LOG_LINES_MAX = 500;
const BODY_CHARACTERS_MAX = 200000;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

const byId = (id) => document.getElementById(id);

// Follows a "$ref" inside the document; anything else is returned as it is.
function resolve(node) {
  if (!node || !node.$ref) return node;
  return node.$ref.slice(2).split("/").reduce((at, part) => at[part], session.spec);
}

const paragraphs = (text = "") => text.split("\n\n").map((part) => el("p", { text: part }));

const asText = (value) => JSON.stringify(value, null, 2);

function pretty(text) {
  try {
    return asText(JSON.parse(text));
  } catch {
    return text;
  }
}

const token = () => byId("token").value.trim();

function showTokenState() {
  byId("token-state").textContent = token()
    ? "The routes that need a token, and the chat, will use this one."
    : "No token: the routes that need one will answer 401.";
}

// Keeps what a login or a refresh gave, and offers the refresh token where it is asked for.
function keepTokens(body) {
  if (typeof body.token !== "string") return;
  byId("token").value = body.token;
  showTokenState();
  const { refresh_token } = body;
  byId("body-refreshToken").value = asText({ refresh_token });
}

function rules(schema) {
  const parts = [];
  if (schema.description) parts.push(schema.description);
  if (schema.const !== undefined) parts.push(`Always ${JSON.stringify(schema.const)}.`);
  if (schema.maximum !== undefined) parts.push(`${schema.minimum} to ${schema.maximum}.`);
  else if (schema.minimum !== undefined) parts.push(`At least ${schema.minimum}.`);
  if (schema.maxLength) {
    const range = schema.minLength ? `${schema.minLength} to` : "At most";
    parts.push(`${range} ${schema.maxLength} characters.`);
  }
  if (schema.pattern) parts.push(`Matches ${schema.pattern}`);
  if (schema.default !== undefined) parts.push(`Default: ${schema.default}.`);
  if (schema.enum) parts.push(schema.enum.join(", "));
  return parts.join(" ");
}

function typeName(schema) {
  if (schema.const !== undefined) return typeof schema.const;
  const name = schema.type || "any";
  return schema.format ? `${name} (${schema.format})` : name;
}

function row(name, kind, meaning) {
  return el("tr", {}, el("td", {}, el("code", { text: name })),
    el("td", { text: kind }), el("td", { text: meaning }));
}

// One row for each member, those of objects and lists within it included.
function memberRows(schema, prefix = "") {
  const rows = [];
  for (const [name, reference] of Object.entries(schema.properties || {})) {
    const member = resolve(reference);
    const optional = (schema.required || []).includes(name) ? "" : ", optional";
    rows.push(row(prefix + name, typeName(member) + optional, rules(member)));
    const inner = member.type === "array" ? resolve(member.items) : member;
    const suffix = member.type === "array" ? "[]." : ".";
    if (inner.properties) rows.push(...memberRows(inner, prefix + name + suffix));
  }
  return rows;
}

function table(headings, rows) {
  const head = headings.map((text) => el("th", { scope: "col", text }));
  return el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
}

function members(schema) {
  const rows = memberRows(resolve(schema) || {});
  return rows.length ? table(["Member", "Type", "Meaning"], rows) : null;
}

function parameterTable(operation) {
  const rows = (operation.parameters || []).map((at) =>
    row(at.name, at.in, `${at.description || ""} ${rules(at.schema)}`.trim()));
  return rows.length ? table(["Parameter", "In", "Meaning"], rows) : null;
}

function answers(operation) {
  const box = el("details", {}, el("summary", { text: "Answers" }));
  for (const [status, reference] of Object.entries(operation.responses)) {
    const answer = resolve(reference);
    const [type, media] = Object.entries(answer.content || {})[0] || ["", {}];
    box.append(el("h4", { text: `${status} ${type}` }), el("p", { text: answer.description }));
    if (status < "300" && media.schema) box.append(members(media.schema) || "");
    if (media.example) box.append(el("pre", { text: asText(media.example) }));
  }
  return box;
}

// A field for each parameter, and what becomes of the path and the headers with them.
function parameterFields(operation) {
  const fields = (operation.parameters || []).map((at) => ({
    at,
    input: el("input", { type: "text", id: `${operation.operationId}-${at.name}`,
      required: Boolean(at.required), autocomplete: "off",
      value: at.name === "room" ? "general" : "" }),
  }));
  const given = (where) => fields.filter(({ at, input }) => at.in === where && input.value !== "");
  return {
    elements: fields.flatMap(({ at, input }) =>
      [el("label", { for: input.id, text: at.name }), input]),
    path(template) {
      let path = template;
      for (const { at, input } of given("path")) {
        path = path.replace(`{${at.name}}`, encodeURIComponent(input.value));
      }
      const pairs = given("query").map(({ at, input }) => [at.name, input.value]);
      const query = new URLSearchParams(pairs);
      return query.size ? `${path}?${query}` : path;
    },
    headers() {
      return Object.fromEntries(given("header").map(({ at, input }) => [at.name, input.value]));
    },
  };
}

async function send(method, path, body, withToken, headers) {
  if (body !== null) headers["Content-Type"] = "application/json";
  if (withToken && token()) headers.Authorization = `Bearer ${token()}`;
  const response = await fetch(path, {
    method, headers, body: body === null ? undefined : body, cache: "no-store",
    credentials: "omit", redirect: "manual",
  });
  return { response, text: await response.text() };
}

function showAnswer(out, response, text) {
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const cut = text.length > BODY_CHARACTERS_MAX ? `${text.slice(0, BODY_CHARACTERS_MAX)} …` : text;
  out.replaceChildren(
    el("p", { class: `status ${response.ok ? "good" : "bad"}`,
      text: `${response.status} ${response.statusText}` }),
    el("h4", { text: "Headers" }), el("pre", { tabindex: "0", text: lines.join("\n") }),
    el("h4", { text: "Body" }), el("pre", { tabindex: "0", text: pretty(cut) || "(empty)" }));
}

function tryForm(method, path, operation) {
  const id = operation.operationId;
  const media = operation.requestBody && operation.requestBody.content["application/json"];
  const body = media && el("textarea", { id: `body-${id}`, rows: "6", spellcheck: "false" });
  if (body) {
    body.value = asText(media.example);
    body.rows = body.value.split("\n").length + 1;
  }
  const parameters = parameterFields(operation);
  const bearer = operation.security && el("input", { type: "checkbox", id: `bearer-${id}`, checked: true });
  const button = el("button", { class: "main", text: "Send" });
  const out = el("div", { role: "status" });
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    out.replaceChildren(el("p", { class: "quiet", text: "Waiting …" }));
    try {
      const { response, text } = await send(
        method.toUpperCase(), parameters.path(path), body ? body.value : null,
        bearer && bearer.checked, parameters.headers());
      showAnswer(out, response, text);
      if (response.ok && /json/.test(response.headers.get("Content-Type"))) {
        keepTokens(JSON.parse(text));
      }
    } catch (error) {
      out.replaceChildren(el("p", { class: "bad", text: `No answer: ${error.message}` }));
    } finally {
      button.disabled = false;
    }
  };
  const form = el("form", { onsubmit: submit }, ...parameters.elements,
    body && el("label", { for: body.id, text: "Body" }), body,
    bearer && el("label", { class: "check" }, bearer, "Send the access token"),
    el("div", { class: "row" }, button), out);
  return el("details", {}, el("summary", { text: "Try it" }), form);
}

// One line of the log for one frame of protocol v1.
function frameLine(data) {
  const notice = data.startsWith("system:");
  const frame = JSON.parse(notice ? data.slice("system:".length) : data);
  const time = new Date(frame.timestamp * 1000);
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return el("p", notice ? { class: "notice" } : {},
    el("span", { class: "time", text: clock }),
    notice ? null : el("bdi", { class: "name", text: frame.username }),
    el("bdi", { text: frame.message }));
}

function chatPanel() {
  let socket = null;
  const room = el("input", { type: "text", id: "chat-room", value: "general", required: true,
    pattern: "[A-Za-z0-9._\\-]{1,64}|~[pd][a-z2-7]{26}", autocomplete: "off" });
  const open = el("button", { class: "main", text: "Connect" });
  const log = el("pre", { class: "log", role: "log", "aria-label": "Messages", tabindex: "0" });
  const text = el("input", { type: "text", id: "chat-text", autocomplete: "off", disabled: true });
  const sendButton = el("button", { text: "Send", disabled: true });
  const add = (line) => {
    log.append(line);
    while (log.childElementCount > LOG_LINES_MAX) log.firstElementChild.remove();
    log.scrollTop = log.scrollHeight;
  };
  const say = (words) => add(el("p", { class: "notice", text: words }));
  const ready = (yes) => {
    text.disabled = sendButton.disabled = !yes;
    open.textContent = yes ? "Leave" : "Connect";
    open.disabled = false;
    if (yes) text.focus();
  };
  const connect = () => {
    const query = new URLSearchParams({ token: token(), room: room.value });
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/ws?${query}`);
    open.disabled = true;
    socket.onopen = () => ready(true);
    socket.onmessage = (event) => {
      try {
        add(frameLine(event.data));
      } catch {
        say("A frame that is not protocol v1.");
      }
    };
    socket.onclose = (event) => {
      say(sendButton.disabled ? "Refused: is the token valid? Log in first."
        : `Closed: ${event.code} ${event.reason}`);
      socket = null;
      ready(false);
    };
  };
  const toggle = (event) => {
    event.preventDefault();
    if (socket) socket.close(1000);
    else connect();
  };
  const submit = (event) => {
    event.preventDefault();
    if (socket && text.value) socket.send(text.value);
    text.value = "";
  };
  return el("details", { open: true }, el("summary", { text: "Try the chat" }),
    el("form", { class: "row", onsubmit: toggle },
      el("label", { for: "chat-room", text: "Room" }), room, open),
    log,
    el("form", { class: "row", onsubmit: submit },
      el("label", { for: "chat-text", text: "Message" }), text, sendButton));
}

function routeCard(path, method, operation) {
  const isChat = path === "/ws";
  const badge = isChat ? "ws" : method;
  return el("article", { class: "card", id: operation.operationId },
    el("div", { class: "route" },
      el("span", { class: `method ${badge}`, text: badge.toUpperCase() }),
      el("code", { text: path }),
      el("h3", { text: operation.summary }),
      operation.security && el("span", { class: "quiet", text: "needs a token" })),
    ...paragraphs(operation.description),
    parameterTable(operation),
    operation.requestBody && members(operation.requestBody.content["application/json"].schema),
    answers(operation),
    isChat ? chatPanel() : tryForm(method, path, operation));
}

function show(spec) {
  session.spec = spec;
  byId("version").textContent = spec.info.version;
  byId("intro").replaceChildren(...paragraphs(spec.info.description));
  const routes = [];
  for (const tag of spec.tags) {
    const list = el("ul");
    routes.push(el("h2", { text: tag.name }), el("p", { class: "quiet", text: tag.description }));
    byId("nav").append(el("h2", { text: tag.name }), list);
    for (const [path, methods] of Object.entries(spec.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (!operation.tags.includes(tag.name)) continue;
        routes.push(routeCard(path, method, operation));
        list.append(el("li", {},
          el("a", { href: `#${operation.operationId}`, text: operation.summary })));
      }
    }
  }
  byId("routes").replaceChildren(...routes);
  byId(location.hash.slice(1))?.scrollIntoView();
}

byId("token").addEventListener("input", showTokenState);
byId("forget").addEventListener("click", () => {
  byId("token").value = byId("body-refreshToken").value = "";
  showTokenState();
});
showTokenState();
fetch("/openapi.json").then((response) => response.json()).then(show).catch((error) => {
  byId("routes").replaceChildren(
    el("p", { class: "bad", text: `/openapi.json cannot be shown: ${error.message}` }));
});
