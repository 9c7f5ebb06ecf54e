// Package held shows what Crier holds because it may have been sent already.
package held

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/terminal"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/words"
)

// Fresh is how old the heartbeat of a Crier that works is at most.
const Fresh = 3 * heartbeat.Interval

// View is what is held, as far as whoever asks may see it.
type View struct {
	// Beat is nil if there is none, or it may not be read.
	Beat *heartbeat.Beat
	// Unknown says why there is no Beat; "" for that there is none.
	Unknown string
	// Broadcasts that are held.
	Broadcasts []Broadcast
	// Unlisted says why there are no Broadcasts, or only some; "" for that
	// these are all.
	Unlisted string
	Now      time.Time
}

// Broadcast is one that is held.
type Broadcast struct {
	Namespace, Name, Reason string
	Urgent                  bool
	// Deadline is zero if it isn't known, Recipients below 0.
	Deadline   time.Time
	Recipients int64
}

// Of is what is held of a Broadcast; false if it isn't held.
func Of(b *crier.Broadcast) (Broadcast, bool) {
	ready := meta.FindStatusCondition(b.Status.Conditions, crier.ConditionReady)
	if ready == nil || ready.Reason != crier.ReasonLedgerStale && ready.Reason != crier.ReasonRestored {
		return Broadcast{}, false
	}
	held := Broadcast{
		Namespace: b.Namespace, Name: b.Name, Reason: ready.Reason,
		Urgent: b.Spec.Priority == crier.PriorityUrgent, Recipients: -1,
	}
	if b.Status.Deadline != nil {
		held.Deadline = b.Status.Deadline.Time
	}
	if b.Status.Audience != nil {
		held.Recipients = b.Status.Audience.Recipients
	}
	return held, true
}

// Take adds a Broadcast if it is held.
func (v *View) Take(b *crier.Broadcast) {
	if one, is := Of(b); is {
		v.Broadcasts = append(v.Broadcasts, one)
	}
}

// Sort puts what is urgent first, then what is too late first.
func (v *View) Sort() {
	slices.SortFunc(v.Broadcasts, func(a, b Broadcast) int {
		if a.Urgent != b.Urgent {
			if a.Urgent {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Deadline.Compare(b.Deadline), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
}

// Well says whether nothing is held and Crier works, as far as can be seen.
func (v *View) Well() bool {
	return v.Beat != nil && v.Beat.Holds() == nil && v.Now.Sub(v.Beat.At) <= Fresh && len(v.Broadcasts) == 0
}

// Blind says that nothing at all could be seen.
func (v *View) Blind() bool { return v.Unknown != "" && v.Unlisted != "" && len(v.Broadcasts) == 0 }

// WriteText shows it, safe for a terminal.
func (v *View) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Heartbeat:   %s\n", v.heartbeat())
	gap := v.Beat.Holds()
	switch {
	case gap != nil:
		fmt.Fprintf(&b, "Held:        what could have been sent %s\n", gap.During())
	case v.Beat != nil:
		b.WriteString("Held:        nothing because of the heartbeat\n")
	}
	fmt.Fprintf(&b, "Broadcasts:  %s\n", v.count())
	if len(v.Broadcasts) > 0 {
		b.WriteByte('\n')
		v.table(&b)
	}
	if gap != nil {
		fmt.Fprintf(&b, "\nIf Crier was only away, nothing was sent in that time: release it.\n"+
			"If the cluster was restored from a backup, look into the relay's log and the report mails\n"+
			"of that time first, and suspend or delete what was sent.\n"+
			"What has a sendAt after %s goes on.\n\n    %s\n", heartbeat.Clock(gap.To), heartbeat.Command)
	}
	if slices.ContainsFunc(v.Broadcasts, func(b Broadcast) bool { return b.Reason == crier.ReasonRestored }) {
		fmt.Fprintf(&b, "\nA Broadcast that was restored and wasn't sent after the backup was made:\n\n    %s NAME -n NAMESPACE\n", heartbeat.Command)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (v *View) heartbeat() string {
	switch {
	case v.Unknown != "":
		return "can't be read: " + terminal.Line(v.Unknown)
	case v.Beat == nil:
		return "there is none: no Crier of this release has led here yet"
	case v.Beat.At.IsZero():
		return "without a time"
	}
	age := v.Now.Sub(v.Beat.At).Round(time.Second)
	how := "fresh"
	switch {
	case age > Fresh:
		how = "OLD: no Crier works now"
	case age < -heartbeat.Interval:
		how = "IN THE FUTURE: a clock is wrong"
	}
	return fmt.Sprintf("%s, written %s ago by %s", how, age, terminal.Line(v.Beat.Holder))
}

func (v *View) count() string {
	said := ""
	if v.Unlisted != "" {
		said = "; others can't be listed: " + terminal.Line(v.Unlisted)
	}
	if len(v.Broadcasts) == 0 {
		return "none is held" + said
	}
	urgent := 0
	for _, b := range v.Broadcasts {
		if b.Urgent {
			urgent++
		}
	}
	held := fmt.Sprintf("%s %s held", words.Count(len(v.Broadcasts), "Broadcast"), words.Verb(len(v.Broadcasts), "is"))
	if urgent > 0 {
		held += fmt.Sprintf(", %s of them URGENT", words.Number(urgent))
	}
	return held + said
}

func (v *View) table(b *strings.Builder) {
	w := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "NAMESPACE\tNAME\tREASON\tPRIORITY\tRECIPIENTS\tTOO LATE IN")
	for _, one := range v.Broadcasts {
		priority, recipients, left := "Normal", "-", "-"
		if one.Urgent {
			priority = "URGENT"
		}
		if one.Recipients >= 0 {
			recipients = words.Number(one.Recipients)
		}
		if !one.Deadline.IsZero() {
			left = max(0, one.Deadline.Sub(v.Now)).Round(time.Minute).String()
			left = strings.TrimSuffix(left, "0s")
			if left == "" {
				left = "0"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", terminal.Line(one.Namespace), terminal.Line(one.Name), one.Reason, priority, recipients, left)
	}
	_ = w.Flush() // into memory
}
