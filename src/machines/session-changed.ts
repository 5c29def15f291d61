/** Told to everyone who watches the ZooKeeper session: the present state at once, then each change. */
export interface SessionChanged {
  readonly type: 'session.changed';
  /**
   * - `up`: claims may be made, and those of this session hold.
   * - `lapsed`: nothing may be offered for now; the session may come back.
   * - `away`: there is no session yet.
   * - `lost`: the session is over, and with it every claim made under it.
   */
  readonly state: 'up' | 'lapsed' | 'away' | 'lost';
}
