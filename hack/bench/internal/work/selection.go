package work

// Filter compares two attributes of most people, and leaves about a tenth of
// them out.
const Filter = `subscriber.attributes.branch == "legislative" || subscriber.attributes.city != "Boston"`

// selected says by hand what Filter says.
func selected(p Person) bool { return p.Branch == "legislative" || p.City != "Boston" }

// Excluded says who stands in the excluded set: one in ten.
func Excluded(i int) bool { return i%10 == 3 }

// Suppressed says who is suppressed: one in a hundred.
func Suppressed(i int) bool { return i%100 == 7 }

// Selection is what becomes of subscribers when recipients are chosen: who is
// excluded isn't asked whether the filter selects him, and who isn't selected
// isn't counted as suppressed.
type Selection struct{ Excluded, NotSelected, Suppressed, Recipients int64 }

// Select counts by hand what Crier has to find.
func Select(n int) Selection {
	var s Selection
	for i := range n {
		switch {
		case Excluded(i):
			s.Excluded++
		case !selected(PersonOf(i)):
			s.NotSelected++
		case Suppressed(i):
			s.Suppressed++
		default:
			s.Recipients++
		}
	}
	return s
}
