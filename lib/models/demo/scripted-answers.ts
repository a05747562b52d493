/** The demo model's texts: each subject explains one feature and cites documents. */

export interface DemoSubject {
  title: string
  /** matches the questions that this text answers */
  about: RegExp
  /** cites its own sources by number, from 1 */
  text: string
  /** sections of this project's documents that support the text */
  sources: { url: string; title: string }[]
}

const reload: DemoSubject = {
  title: "What a reload does",
  about: /\b(reload|refresh|resum|survive|close the (lid|tab)|come back)/i,
  text: `Reload this page **while I am still writing**. The text you have read is there again at once, and I go on from where I am by then: no word is lost, and none comes twice [1].

### Why that works

1. The answer is not tied to your browser. The server finishes it whether or not anybody is reading.
2. Before the first word, the server writes down *that* it is answering: a row for the message, and a row for its stream.
3. A page that opens asks one question: **is something being written in this chat?** If so, it joins in. If not, it shows what is stored.

| When you come back | What you see |
| --- | --- |
| while I write | everything so far, painted at once, then the rest live |
| after I have finished | the whole answer, from the database |
| before anything was asked | an empty chat |

On the wire, both ways of looking are the same stream of events [2]:

\`\`\`http
POST /api/chat                    begins an answer
GET  /api/chat/<chat>/stream      joins it, from any tab
\`\`\`

Try it more than once: a reload costs the model nothing, because it is asked **only once** for each question.`,
  sources: [
    { url: "/docs/how-it-works#following", title: "How it works: Following" },
    { url: "/docs/how-it-works#the-path-of-an-answer", title: "How it works: The path of an answer" },
  ],
}

const secondTab: DemoSubject = {
  title: "Two tabs, one answer",
  about: /\b(second tab|other tab|tabs|device|phone|follow|same stream|watch)/i,
  text: `Copy the address of this page into **another tab** while I write. Both now show the same answer, growing at the same time, and I am still being asked only once.

### Who is who

- The **producer** is the server process that talks to the model. There is exactly one for each answer.
- A **follower** is any other reader: your second tab, your telephone, or this tab after a reload.
- The **relay** carries the events from the producer to the followers, across servers where there are several [1].

A follower must catch up without missing what is said meanwhile. The order is everything:

\`\`\`text
listen  →  read what was already said  →  drop what came twice  →  go live
\`\`\`

Read first and listen afterwards, and the words that fall between the two are gone for good.

| Reader | Starts with | Then |
| --- | --- | --- |
| the tab that asked | the first word | live |
| a tab that joins late | everything so far, as one block | live |
| a tab that joins too late | the stored answer | nothing more to wait for |

**Nobody waits for anybody.** A slow telephone on a train does not slow down the desk next to the server, and a reader that goes away takes nothing with it.`,
  sources: [{ url: "/docs/how-it-works#relays", title: "How it works: Relays" }],
}

const stopping: DemoSubject = {
  title: "Stopping is not leaving",
  about: /\b(stop|cancel|abort|interrupt|halt)/i,
  text: `In most chats, *stop* and *going away* are the same thing: the connection closes, and the server gives up. Here they are two different things, and that is what makes resuming possible.

### Going away

You close the tab, the train enters a tunnel, the lid goes down. The server **notes nothing and keeps writing**. When you are back, the answer is there.

### Stopping

You press the stop button, in *any* tab. Then

1. the wish is written down, so that it holds even if the right server cannot be told this moment;
2. the server that writes is told, wherever it runs;
3. the model and every tool it has started are aborted [1];
4. what I had written up to there is stored, marked as stopped, and **nothing grows back**.

\`\`\`ts
// A browser's abort signal never reaches a model.
const stopped = new AbortController()
streamText({ model, messages, abortSignal: stopped.signal })
\`\`\`

| | Leaving | Stopping |
| --- | --- | --- |
| The model goes on | **yes** | no |
| Other tabs go on | **yes** | they see it end |
| The text so far is kept | yes | yes |

Press the button now, if you like. This sentence will then be one you never get to read to its end.`,
  sources: [{ url: "/docs/how-it-works#stop", title: "How it works: Stop" }],
}

const storing: DemoSubject = {
  title: "What is stored, and when",
  about: /\b(stor|sav|database|postgres|persist|histor|credit|charg|cost|token|usage)/i,
  text: `An answer is worth nothing if it is gone tomorrow. So it is stored **while it grows**, and not only when it is done.

### The life of one message

1. Your question and an empty place for the answer are stored together, before the first word.
2. As I write, the text so far is saved again and again, every couple of sentences. Two saves of one message never overlap.
3. At the end come the last words, the sources, the tokens used and the charge, all in **one transaction**: all of it or none of it [1].

| Status | What it means |
| --- | --- |
| \`SENDING\` | asked, nothing said yet |
| \`STREAMING\` | being written this very moment |
| \`COMPLETE\` | whole |
| \`STOPPED\` | you ended it; the text so far is kept |
| \`ERROR\`, \`INTERRUPTED\` | something else ended it; the text so far is kept |

The last four are **final**: set once and never changed again.

### And the charge?

It belongs to the answer and can exist only once, because the database says so [2]:

\`\`\`sql
alter table "Charge" add unique ("streamId");
\`\`\`

A retried request, a second tab or a crash at the worst moment cannot make you pay twice. What I say here costs you nothing at all, since I am only a script.`,
  sources: [
    { url: "/docs/how-it-works#the-path-of-an-answer", title: "How it works: The path of an answer" },
    { url: "/docs/readme#what-it-does", title: "Rejoin: What it does" },
  ],
}

const trouble: DemoSubject = {
  title: "When something breaks",
  about: /\b(redis|outage|crash|dies|dead|network|offline|fail|break|broken|error|promise|server)/i,
  text: `Networks fail, servers are replaced, stores blink. The question is not *whether* but **who notices**.

### The rule

> An answer that has a hole in it is never shown as finished.

Every event has a number, and every stream has an explicit end. A reader that misses a number, or never sees the end, knows that something is missing, and asks again.

| What breaks | What you notice |
| --- | --- |
| your network | a short notice, then the answer goes on |
| the tab | nothing; open it again |
| Redis, mid-answer | the tab that asked: nothing; others catch up |
| the model's provider | a plain sentence, and the text so far is kept [1] |
| the server that writes | a pause, until another server goes on [2] |

### What to do with an error

- It says **what happened**, **what is safe** and **what to do next**.
- It has a code, so that programs need not read sentences:

\`\`\`json
{ "code": "provider_timeout", "retryable": true }
\`\`\`

The worst fault is the silent one: half an answer that looks whole. Everything here is built so that this one cannot happen. To see for yourself, switch your network off for a few seconds *right now*, and on again.`,
  sources: [
    { url: "/docs/how/models#when-the-model-fails", title: "Models: When the model fails" },
    { url: "/docs/how-it-works#a-dead-producer", title: "How it works: A dead producer" },
  ],
}

const settingUp: DemoSubject = {
  title: "From this demo to your own service",
  about: /\b(set ?up|install|configur|deploy|environment|variable|key|model|switch|flag|vercel|run|own)/i,
  text: `Nothing has been set up so far, and yet everything works: the answers come from a script, the database is a folder, and the relay lives in this process. Each of these is replaced by **one variable**.

| You want | Set |
| --- | --- |
| real answers | \`OPENAI_BASE_URL\`, \`OPENAI_API_KEY\`, \`CHAT_MODELS\` |
| a database of your own | \`DATABASE_URL\` |
| several servers at once | \`REDIS_URL\`, or Upstash's two variables |
| no resuming at all | \`RESUMABLE_STREAMS=0\` |

### Real answers

Any server that speaks OpenAI's protocol will do, be it in the cloud or on your desk [1]:

\`\`\`bash
OPENAI_BASE_URL=http://localhost:11434/v1
CHAT_MODELS=llama3.2,qwen3
\`\`\`

- The **first** model in the list is the default.
- A model that is not in the list cannot be asked for, whoever asks.
- The key stays on the server; no browser ever sees it.

### Switching it off

With the flag at \`0\` you get a plain chat: the answer streams to the tab that asked. Storing, stopping and charging **stay as they are** [2], so you can go back and forth without losing a message.`,
  sources: [
    { url: "/docs/readme#configuration", title: "Rejoin: Configuration" },
    { url: "/docs/readme#switch-it-off", title: "Rejoin: Switch it off" },
  ],
}

/** Also the answer after a tool has produced the result itself. */
export const toolsAndSources: DemoSubject = {
  title: "Tools and sources",
  about: /\b(tool|source|citation|search|function|agent|document)/i,
  text: `Between your question and this text, a model may call **tools**: small functions on the server, run in the middle of an answer. You see each call with what went in and what came out, and it is stored with the message.

### The four that come with the house

- \`calculate\` works out arithmetic with a parser of its own; nothing is ever run as code.
- \`current_time\` tells the time, in any time zone.
- \`search_docs\` looks through the documents of this project.
- \`rename_chat\` gives a chat another title, **if you approve**: nothing happens before you say so [1].

### One of your own

\`\`\`ts
export const rollDice = tool({
  description: "Rolls a die.",
  inputSchema: z.object({ sides: z.number().int().min(2).max(100) }),
  execute: ({ sides }) => 1 + Math.floor(Math.random() * sides),
})
\`\`\`

| Part | Who reads it |
| --- | --- |
| the description | the model, to know **when** to call it |
| the input schema | the server, which lets nothing else in |
| the result | the model, you, and the database |

A tool that fails does not end the answer: the model is told what went wrong and may try again. And when you reload in the middle of a call, the call goes on, because **it belongs to the answer** and not to your tab.

Below this text you find the sources it rests on. Each address is listed once, however often it is cited.`,
  sources: [{ url: "/docs/how/chats#approval", title: "Chats: Approval" }],
}

export const demoSubjects = [reload, secondTab, stopping, storing, trouble, settingUp, toolsAndSources]
