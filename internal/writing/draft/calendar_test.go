package draft

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// line is a property of the event of a message.
func line(t *testing.T, f Facts, property string) string {
	t.Helper()
	frozen, err := Message(f)
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.SplitSeq(string(frozen.Calendar.Data), "\r\n") {
		if value, ok := strings.CutPrefix(text, property+":"); ok {
			return value
		}
	}
	t.Fatalf("no %s in %s", property, frozen.Calendar.Data)
	return ""
}

func fair(edition Edition, change ...func(*crier.CalendarEvent)) Facts {
	return facts(func(f *Facts) {
		f.Edition = edition
		f.Broadcast.Spec.Content.Event = &crier.CalendarEvent{
			Start: metav1.NewTime(noon), End: metav1.NewTime(noon.Add(time.Hour)), Summary: "Fair",
		}
		for _, c := range change {
			c(f.Broadcast.Spec.Content.Event)
		}
	})
}

// A name that is used again, in another run, cluster or life of the record, is
// no version of the event before: calendars would overwrite that.
func TestAnotherEventHasAnotherUID(t *testing.T) {
	seen := map[string]string{}
	autumn := func(e *crier.CalendarEvent) { e.Summary = "Autumn fair" }
	for name, f := range map[string]Facts{
		"a run":                        fair(Edition{Run: "a/1", Began: noon, At: noon}),
		"another run of the name":      fair(Edition{Run: "a/2", Began: noon, At: noon}),
		"another cluster":              fair(Edition{Run: "b/1", Began: noon, At: noon}),
		"one that isn't sent":          fair(Edition{At: noon}),
		"another one that isn't sent":  fair(Edition{At: noon}, autumn),
		"what has the name of a cycle": fair(Edition{Run: "a/11", Began: noon, At: noon}),
	} {
		uid := line(t, f, "UID")
		if other := seen[uid]; other != "" || !strings.HasSuffix(uid, "@lists.example.gov") {
			t.Errorf("%s has the UID %s of %q", name, uid, other)
		}
		seen[uid] = name
	}
}

// What is sent takes the place of a test copy in a calendar, and whatever was
// edited in between: it is the same event, and later.
func TestLaterCopiesOfAnEventReplaceTheFirst(t *testing.T) {
	test := fair(Edition{Run: "a/1", Began: noon, At: noon.Add(time.Minute)})
	sent := fair(Edition{Run: "a/1", Began: noon, At: noon.Add(time.Hour)}, func(e *crier.CalendarEvent) { e.Location = "Aula" })
	if a, b := line(t, test, "UID"), line(t, sent, "UID"); a != b {
		t.Errorf("%s and %s: two entries", a, b)
	}
	for property, want := range map[string][2]string{
		"DTSTAMP": {"20260302T120100Z", "20260302T130000Z"}, "SEQUENCE": {"60", "3600"},
	} {
		if a, b := line(t, test, property), line(t, sent, property); a != want[0] || b != want[1] {
			t.Errorf("%s %s and %s, want %v", property, a, b, want)
		}
	}
	if a, b := line(t, fair(Edition{At: noon}), "SEQUENCE"), line(t, fair(Edition{Run: "a/1", Began: noon, At: noon.Add(-time.Hour)}), "SEQUENCE"); a != "0" || b != "0" {
		t.Errorf("of no run %s, of a clock that went back %s", a, b)
	}
}
