// The sandbox as Google's Calendar and Directory, spoken to as one of the demo's people.
import { at } from './place';

export interface Moment {
  dateTime: string;
  timeZone?: string;
}

export interface GoogleEvent {
  id: string;
  status: string;
  summary?: string;
  start: Moment;
  end: Moment;
  organizer?: { email: string };
  attendees?: { email: string; resource?: boolean; responseStatus?: string }[];
}

export interface Resource {
  resourceName: string;
  resourceEmail: string;
}

export class GoogleUser {
  constructor(readonly email: string) {}

  /** Books a room the way Google Calendar does: an event of one's own with the room as a guest. */
  insert(summary: string, room: Resource, start: string, end: string): Promise<GoogleEvent> {
    const attendees = [{ email: this.email }, { email: room.resourceEmail, resource: true }];
    const event = { summary, start: { dateTime: start }, end: { dateTime: end }, attendees };
    return this.call('POST', `${events(this.email)}`, event);
  }

  /** Writes straight to a room's calendar, where nobody checks whether it is free; for admins, whose calendars these are. */
  force(summary: string, room: Resource, start: string, end: string): Promise<GoogleEvent> {
    const event = { summary, start: { dateTime: start }, end: { dateTime: end } };
    return this.call('POST', events(room.resourceEmail), event);
  }

  patch(id: string, change: object): Promise<GoogleEvent> {
    return this.call('PATCH', `${events(this.email)}/${id}`, change);
  }

  delete(id: string): Promise<void> {
    return this.call('DELETE', `${events(this.email)}/${id}`);
  }

  /** The events of a calendar on one day with this title. */
  async find(calendar: string, date: string, summary: string): Promise<GoogleEvent[]> {
    const window = new URLSearchParams({ timeMin: `${date}T00:00:00+09:00`, timeMax: `${date}T23:59:59+09:00` });
    const page = await this.call<{ items: GoogleEvent[] }>('GET', `${events(calendar)}?${window}`);
    return page.items.filter((event) => event.summary === summary && event.status !== 'cancelled');
  }

  async room(name: string): Promise<Resource> {
    const path = '/admin/directory/v1/customer/my_customer/resources/calendars?maxResults=500';
    const page = await this.call<{ items: Resource[] }>('GET', path);
    const found = page.items.find((resource) => resource.resourceName === name);
    if (!found) throw new Error(`no room ${name} among ${page.items.map((resource) => resource.resourceName)}`);
    return found;
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer sandbox:${this.email}` };
    if (body) headers['content-type'] = 'application/json';
    const response = await fetch(at.sandbox + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} as ${this.email}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

function events(calendar: string): string {
  return `/calendar/v3/calendars/${encodeURIComponent(calendar)}/events`;
}
