package audience

import crier "crier.dev/crier/api/v1alpha1"

// Summary is what is known of an audience once it was read. Every row of the
// sets is counted once: Subscribers is the sum of Recipients, Duplicates,
// Excluded, NotSelected, Undecided, and all of Suppressed.
type Summary struct {
	// Subscribers are the rows of the sets, each set counted once, however many
	// lists have it.
	Subscribers int64
	// Recipients are unique.
	Recipients int64
	// Duplicates is how many rows are of people who were counted by another row
	// already.
	Duplicates int64
	// Excluded, NotSelected and Undecided are those who stand in an excluded
	// set, for whom the filter is false, and for whom it is neither. Of several
	// lists the one counts that came closest to reaching them.
	Excluded, NotSelected, Undecided int64
	// Suppressed are those who would be recipients otherwise.
	Suppressed map[crier.SuppressionReason]int64
	// Digest is "sha256:" and the hash of the recipients' keys.
	Digest string
	// Lists are the figures of each list, in the order of OfLists.
	Lists []Reach
}

// Reach is what became of the subscribers of one list. Every row of its sets is
// counted once: Subscribers is the sum of all that follow but Reached.
type Reach struct {
	// Reached is how many people the list reaches by itself: those of its sets
	// whom neither its exclusion nor its filter leaves out, whatever the
	// Broadcast, suppressions and other lists say.
	Reached int64
	// Subscribers are the rows of its sets.
	Subscribers int64
	// Recipients are those who get the message as members of this list.
	Recipients int64
	// Duplicates are further rows of the same people, and those who get the
	// message as members of another list.
	Duplicates int64
	// Excluded, NotSelected, Undecided and Suppressed are those for whom this
	// list isn't the one that reaches them, be it that another one does.
	Excluded, NotSelected, Undecided, Suppressed int64
}

// AllSuppressed is how many are suppressed, for whatever reason.
func (s Summary) AllSuppressed() (n int64) {
	for _, of := range s.Suppressed {
		n += of
	}
	return n
}

// count notes one fate, and how many rows there were of it.
func (s *Summary) count(m *members, rows int64) {
	s.Subscribers += rows
	s.Duplicates += rows - 1
	switch m.fate {
	case excluded:
		s.Excluded++
	case notSelected:
		s.NotSelected++
	case undecided:
		s.Undecided++
	case suppressed:
		s.Suppressed[m.reason]++
	case reached:
		s.Recipients++
	}
}

// count notes the fate of one of the list's subscribers. chosen says that it is
// the list that decides.
func (m *members) count(chosen bool) {
	c := &m.counts
	c.Subscribers += m.rows
	c.Duplicates += m.rows - 1
	if m.reachable {
		c.Reached++
	}
	switch m.fate {
	case excluded:
		c.Excluded++
	case notSelected:
		c.NotSelected++
	case undecided:
		c.Undecided++
	case suppressed:
		c.Suppressed++
	case reached:
		if chosen {
			c.Recipients++
		} else {
			c.Duplicates++
		}
	}
}
