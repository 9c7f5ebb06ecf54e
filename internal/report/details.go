package report

import (
	"strconv"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/words"
)

const (
	maxName = 253
	maxSets = 20 // shown in a report
)

// details are the facts about the Broadcast; empty ones are left out.
func details(f Facts) []pair {
	run := ""
	if f.Run > 1 {
		run = strconv.Itoa(int(f.Run))
	}
	passes := ""
	if f.Passes > 0 {
		passes = strconv.Itoa(int(f.Passes))
	}
	last := stamp(f.LastMessageAt)
	if took := f.LastMessageAt.Sub(f.FirstMessageAt); last != "" && !f.FirstMessageAt.IsZero() && took > 0 {
		last += " (" + span(took) + " after the first)"
	}
	all := []pair{
		{"Broadcast", redact.Clean(f.Namespace, maxName) + "/" + redact.Clean(f.Name, maxName)},
		{"Run", run},
		lists(f),
		{"From", redact.Clean(f.From, maxAddress+maxSubject)},
		{"Relay", redact.Clean(f.RelayName, 2*maxName)},
		{"Git revision", redact.Clean(f.Revision, maxName)},
		{"Message hash", redact.Clean(f.MessageHash, maxName)},
		{"Started", stamp(f.StartedAt)},
		{"First message", stamp(f.FirstMessageAt)},
		{"Last message", last},
		{"Finished", stamp(f.FinishedAt)},
		{"Deadline", stamp(f.Deadline)},
		{"Passes", passes},
		{"Result", redact.Clean(f.Result, maxName)},
	}
	var given []pair
	for _, p := range all {
		if p.Value != "" {
			given = append(given, p)
		}
	}
	return given
}

// lists are those that the Broadcast went to.
func lists(f Facts) pair {
	all := f.Lists
	if len(all) == 0 {
		all = []List{{f.List, f.ListAddress}}
	}
	var parts []string
	for _, list := range all {
		part := redact.Clean(list.Name, maxName)
		if list.Address != "" {
			part += " <" + redact.Clean(list.Address, maxAddress) + ">"
		}
		parts = append(parts, part)
	}
	if len(all) > 1 {
		return pair{"Lists", strings.Join(parts, ", ")}
	}
	return pair{"List", parts[0]}
}

// sums are the figures of all sets together. Records of older releases have
// only those of the sets that are listed: then of is "at least " if there may
// be more.
func sums(a crier.PlannedAudience) (subscribers, rejected, setCount int64, of string) {
	if a.SetCount > 0 {
		return a.Subscribers, a.Rejected, a.SetCount, ""
	}
	for _, set := range a.Sets {
		subscribers += set.Subscribers
		rejected += set.Rejected
	}
	if len(a.Sets) >= listedSets {
		of = "at least "
	}
	return subscribers, rejected, int64(len(a.Sets)), of
}

// listedSets is how many sets a record lists at most.
const listedSets = 64

// audience tells how the recipients came about.
func audience(f Facts) string {
	a := f.Audience
	if len(a.Sets) == 0 {
		return ""
	}
	subscribers, rejected, setCount, of := sums(a)
	story := words.Count(a.Recipients, "recipient") + " from " + of + words.Count(subscribers, "subscriber") +
		" in " + of + words.Count(setCount, "set") + "."
	if a.Duplicates > 0 {
		story += " " + words.Count(a.Duplicates, "duplicate") + " left out: everybody gets one copy."
	}
	story += selectionStory(a) + suppressedStory(a.Suppressed)
	if rejected > 0 {
		story += " " + words.Count(rejected, "row") + " of the sets could not be used and " + words.Verb(rejected, "is") +
			" not in these figures; the status of the SubscriberSet says why."
	}
	return story
}

// maxFilter is how much of a filter a report shows, in characters.
const maxFilter = 400

// selectionStory tells of those whom exclusions and filters left out.
func selectionStory(a crier.PlannedAudience) string {
	story := ""
	if a.Excluded > 0 {
		story += " " + words.Count(a.Excluded, "subscriber") + " left out because they are in an excluded set."
	}
	if a.NotSelected > 0 {
		story += " " + words.Count(a.NotSelected, "subscriber") + " not selected by the filter."
	}
	if a.Undecided > 0 {
		story += " " + words.Count(a.Undecided, "subscriber") + " left out because they lack a number or a date that the filter compares."
	}
	for _, filter := range a.Filters {
		story += " Filter: " + redact.Clean(filter, maxFilter) + "."
	}
	return story
}

// whyLeftOut is each reason of a suppression, behind the number of people.
var whyLeftOut = map[crier.SuppressionReason]string{
	crier.SuppressedUnsubscribed: "left the list",
	crier.SuppressedHardBounce:   "with an address that does not exist",
	crier.SuppressedComplaint:    "after a complaint",
	crier.SuppressedManual:       "entered by hand",
	crier.SuppressedLegal:        "for legal reasons",
}

// suppressedStory tells of those who were not chosen because they were
// suppressed already.
func suppressedStory(counts []crier.SuppressedCount) string {
	var sum int64
	var parts []string
	for _, c := range counts {
		if why, known := whyLeftOut[c.Reason]; known && c.Subscribers > 0 {
			parts = append(parts, words.Number(c.Subscribers)+" "+why)
		}
		sum += c.Subscribers
	}
	if sum == 0 {
		return ""
	}
	story := " " + words.Count(sum, "subscriber") + " left out because they are suppressed"
	if len(parts) > 0 {
		story += ": " + strings.Join(parts, ", ")
	}
	return story + "."
}

// sets are the sets one by one, with how old each was.
func sets(f Facts) []string {
	var lines []string
	for i, set := range f.Audience.Sets {
		if i == maxSets {
			_, _, setCount, _ := sums(f.Audience)
			lines = append(lines, "and "+words.Count(setCount-maxSets, "more set"))
			break
		}
		lines = append(lines, setLine(f, set))
	}
	return lines
}

// byList are the lists one by one, where there are several: each subscriber of
// its sets is in one of the numbers.
func byList(a crier.PlannedAudience) []string {
	if len(a.Lists) < 2 {
		return nil
	}
	var lines []string
	for _, list := range a.Lists {
		line := redact.Clean(list.Name, maxName) + ": " + words.Count(list.Recipients, "recipient") + " from " +
			words.Count(list.Subscribers, "subscriber") + " in " + words.Count(list.SetCount, "set")
		for _, left := range []struct {
			n   int64
			why string
		}{
			{list.Duplicates, "in several sets or reached by another list"}, {list.Excluded, "excluded"}, {list.NotSelected, "not selected"},
			{list.Undecided, "undecided"}, {list.Suppressed, "suppressed"},
		} {
			if left.n > 0 {
				line += ", " + words.Number(left.n) + " " + left.why
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func setLine(f Facts, set crier.AudienceSet) string {
	line := redact.Clean(set.Name, maxName) + ": " + words.Count(set.Subscribers, "subscriber")
	if set.Rejected > 0 {
		line += ", " + words.Count(set.Rejected, "rejected row")
	}
	if !set.SyncedAt.IsZero() {
		line += ", as of " + stamp(set.SyncedAt.Time)
		if age := f.StartedAt.Sub(set.SyncedAt.Time); !f.StartedAt.IsZero() && age >= time.Minute {
			line += " (" + span(age) + " before the start)"
		}
	}
	return line
}

// commands are where to look further.
func commands(f Facts) []command {
	in, name := "kubectl -n "+redact.Clean(f.Namespace, maxName)+" ", redact.Clean(f.Name, maxName)
	all := []command{{"What happened, and when", in + "describe broadcast " + name}}
	// A label value has at most 63 characters.
	if len(name) <= 63 {
		all = append(all, command{"This report, and the CSV",
			in + "get configmap -l " + crier.LabelBroadcast + "=" + name + " -o yaml"})
	}
	return all
}

// span is a duration in its two largest units: "4m 12s", "2d 3h".
func span(d time.Duration) string {
	d = d.Truncate(time.Second)
	units := []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	for i, unit := range units {
		if d < unit.length {
			continue
		}
		s := strconv.FormatInt(int64(d/unit.length), 10) + unit.name
		if i+1 < len(units) {
			if rest := d % unit.length / units[i+1].length; rest > 0 {
				s += " " + strconv.FormatInt(int64(rest), 10) + units[i+1].name
			}
		}
		return s
	}
	return "0s"
}
