package report

import "time"

// Builder takes in rows and then makes every form of one report. It is not
// safe for concurrent use.
type Builder struct {
	facts  Facts
	groups grouping
	lost   lostParts
	table  table
	attach int
}

// New starts a report.
func New(facts Facts) *Builder {
	return &Builder{facts: facts, table: table{limit: maxRows, lists: facts.Lists}, attach: MaxAttachment}
}

// Add takes in one recipient who was not accepted. What a Builder keeps is
// bounded: groups by reason, and the beginning of the CSV.
func (b *Builder) Add(r Row) {
	b.groups.add(r.Shown(true)) // what is told of many names nobody
	b.table.add(r.Shown(b.facts.Masked))
}

// AddLost takes in one recipient who was not accepted, and whose address is
// gone with that part. Parts come one after the other.
func (b *Builder) AddLost(r Row, part LostPart) {
	b.groups.add(r.Shown(true))
	b.lost.add(part)
}

// Sent says that a first message may have been sent as early, and a last one
// as late, as these times: they are known only once all rows were added. Zero
// times say nothing.
func (b *Builder) Sent(first, last time.Time) {
	f := &b.facts
	if !first.IsZero() && (f.FirstMessageAt.IsZero() || first.Before(f.FirstMessageAt)) {
		f.FirstMessageAt = first
	}
	if last.After(f.LastMessageAt) {
		f.LastMessageAt = last
	}
}

// Rows is how many rows were added, and how many of them the CSV does not
// hold because it grew too large.
func (b *Builder) Rows() (added, left int64) {
	return b.table.kept + b.table.dropped, b.table.dropped
}

// Attach sets how many octets the attachment of the mail may have at most:
// from 0 to MaxAttachment, which it is unless set.
func (b *Builder) Attach(most int) { b.attach = min(most, MaxAttachment) }

// CSV is the attachment of the mail: UTF-8, one row per recipient who was not
// accepted, in the order of Add. It has whole rows only; the mail says so when
// it is cut.
func (b *Builder) CSV() []byte {
	content, _ := b.table.whole(b.attach)
	return content
}

// Paginate gives the whole CSV to put, in pages of at most rest octets, the
// first one of at most first, every one with the header line; at least one
// page. It comes before the first Add; put is called by Add, and for the last
// page by Close. After an error of put it isn't called again.
func (b *Builder) Paginate(first, rest int, put func(page int, content []byte) error) {
	b.table.pages = &pages{header: b.table.header(), first: first, rest: rest, put: put}
}

// Close ends the pages and returns the error of put, if there was one.
func (b *Builder) Close() error {
	if b.table.pages == nil {
		return nil
	}
	return b.table.pages.close()
}
