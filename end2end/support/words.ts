// What the pages say and how they are built: the one file to touch when they change.
import type { Locator, Page } from '@playwright/test';

/** Words of the Korean pages; the tests find things by their names, as people do. */
export const ko = {
  signIn: 'Google 계정으로 계속하기',
  bookRoom: (room: string) => `${room} 예약`,
  title: '제목',
  guests: '참석자 이메일',
  date: '날짜',
  start: '시작',
  end: '종료',
  book: '예약하기',
  private: '비공개 예약',
  alternatives: '대신 이렇게 예약할 수 있어요',
  saveChanges: '저장하기',
  cancelBooking: '예약 취소',
  cancelYes: '네, 취소할게요',
  toEnglish: 'Switch to English',
  toKorean: '한국어로 바꾸기',
  rooms: '현황',
  previousDay: '이전 날',
  nextDay: '다음 날',
  signOut: '로그아웃',
  createBoard: '현황판 만들기',
  openBoard: '현황판 열기',
  revokeBoard: (name: string) => `현황판 ${name} 회수`,
  notices: '알림',
  seeAll: '모두 읽음으로 표시',
  showDay: '그날 현황 보기',
  account: '내 계정',
  tokenName: '이름',
  createToken: '토큰 만들기',
  revokeToken: (name: string) => `토큰 ${name} 회수`,
} as const;

export const MINA = 'mina@hanbit.example';
export const JOON = 'joon@hanbit.example';
export const PERSONAL = 'personal@gmail.com';

// The stable hooks of the contract, and the parts of the grid.

export const row = (page: Page, room: string): Locator => page.locator(`[data-room][data-name="${room}"]`);
export const track = (page: Page, room: string): Locator => row(page, room).locator('.timeline-track');
export const blocks = (page: Page): Locator => page.locator('[data-booking]');
export const block = (page: Page, title: string): Locator => blocks(page).filter({ hasText: title });
export const scroller = (page: Page): Locator => page.locator('.timeline-scroll, .timeline-scroller').first();
export const liveStatus = (page: Page): Locator => page.locator('[data-live]').first();
export const failure = (page: Page, code: string): Locator => page.locator(`[data-error="${code}"]`);
export const popover = (page: Page): Locator => page.getByRole('dialog');
