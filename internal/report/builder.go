package report

// Builder collects rows and then makes every form of one report. It is not
// safe for concurrent use.
type Builder struct {
	facts  Facts
	groups grouping
	table  table
}

// New starts a report.
func New(facts Facts) *Builder {
	return &Builder{facts: facts, table: table{limit: maxKept}}
}

// Add takes in one recipient who was not accepted. What a Builder keeps is
// bounded: groups by reason, and 64 MiB of CSV.
func (b *Builder) Add(r Row) {
	b.groups.add(r)
	b.table.add(r)
}

// Rows is how many rows were added, and how many of them the CSV does not
// hold because it grew too large.
func (b *Builder) Rows() (added, left int64) {
	return b.table.kept + b.table.dropped, b.table.dropped
}

// CSV is the attachment of the mail: UTF-8, one row per recipient who was not
// accepted, in the order of Add. At most MaxAttachment octets of whole rows;
// the mail says so when it is cut.
func (b *Builder) CSV() []byte {
	content, _ := b.table.whole(MaxAttachment)
	return content
}

// CSVPages is the same in pieces of at most maxBytes each, every one with the
// header line; at least one piece.
func (b *Builder) CSVPages(maxBytes int) [][]byte { return b.table.pages(maxBytes) }
