/** Where an agent that runs elsewhere writes an answer, so that any process can find the run again. */
export interface AgentRun {
  connectionId: string
  sessionId: string
  /** ISO 8601, by the agent's clock: its session ids are given again */
  sessionCreatedAt: string
  /** the chat's own folder, on the agent's machine */
  cwd: string
  /** id of the request that the run answers */
  promptId: string
}

/** Keeps the run of each stream. */
export interface AgentRuns {
  /**
   * Stores the run before its prompt is sent, or moves it here from the stream whose answer this one continues.
   * @returns false if the generation has been replaced or has ended: the prompt must not be sent
   */
  save(generation: { streamId: string; epoch: number }, run: AgentRun): Promise<boolean>
  /** Finds the open run of a stream. */
  find(streamId: string): Promise<AgentRun | undefined>
  /** Lists the runs of a chat whose connections are still open, newest first, except that of this stream. */
  listOpen(chatId: string, exceptStreamId?: string): Promise<{ streamId: string; run: AgentRun }[]>
  /** Records that the connection of a stream's run is closed. */
  close(streamId: string): Promise<void>
  /**
   * Finds the run that wrote the answer before this stream's in the shown branch.
   * @returns undefined if no run wrote it, it is not COMPLETE, or its session has been used by a later stream
   */
  findPrevious(streamId: string): Promise<AgentRun | undefined>
}
