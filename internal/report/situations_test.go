package report

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/outcome"
)

// start of all Broadcasts of these tests, in a zone that isn't UTC.
var start = time.Date(2026, 12, 1, 9, 0, 0, 0, time.FixedZone("EST", -5*3600))

// situation is one report with everything in it.
type situation struct {
	name  string
	facts Facts
	rows  []Row
	lost  []LostPart
}

func (s situation) build() *Builder {
	b := New(s.facts)
	for _, r := range s.rows {
		b.Add(r)
	}
	for _, part := range s.lost {
		for range part.Totals.Pending {
			b.AddLost(Row{State: crier.DeliveryPending}, part)
		}
		for range part.Totals.Failed {
			b.AddLost(Row{State: crier.DeliveryFailed, Cause: outcome.CauseMailboxUnknown, Code: 550, Text: "no such user {recipient}"}, part)
		}
	}
	return b
}

// ordinary is the Broadcast that the situations are variations of.
func ordinary(totals crier.DeliveryTotals) Facts {
	return Facts{
		Kind: crier.ReportFinal, Namespace: "hr", Name: "2026-12-open-enrollment",
		Subject: "Open enrollment starts Monday", List: "all-employees",
		ListAddress: "all-employees@lists.example.gov", From: "Commonwealth HR <hr-comms@example.gov>",
		Revision: "main@sha1:4f1c2d9", MessageHash: "v1:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", RelayName: "crier-system/massmail", Run: 1, Result: crier.ReasonSentWithFailures,
		StartedAt: start, FirstMessageAt: start.Add(3 * time.Second), LastMessageAt: start.Add(255 * time.Second),
		FinishedAt: start.Add(time.Hour), Deadline: start.Add(32 * time.Hour), GeneratedAt: start.Add(61 * time.Minute),
		Passes: 3, Totals: totals,
		Audience: crier.PlannedAudience{Recipients: totals.Intended, Duplicates: 120, Digest: "sha256:ab12",
			Sets: []crier.AudienceSet{
				{Name: "employees", Subscribers: totals.Intended, Rejected: 14, SyncedAt: metav1.NewTime(start.Add(-25 * time.Minute))},
				{Name: "contractors", Subscribers: 120, SyncedAt: metav1.NewTime(start.Add(-26 * time.Hour))},
			}},
	}
}

// several recipients with the same fate.
func rows(n int, state crier.DeliveryState, cause outcome.Cause, code int, enhanced, words, phase string) []Row {
	made := make([]Row, n)
	for i := range made {
		to := fmt.Sprintf("%s.%d@example.gov", "employee", i)
		made[i] = Row{Recipient: to, State: state, Cause: cause, Code: code, Enhanced: enhanced,
			Text: fmt.Sprintf(words, to), Phase: phase, Attempts: 1 + i%3, LastAttempt: start.Add(time.Duration(i) * time.Second)}
	}
	return made
}

func together(parts ...[]Row) []Row {
	var all []Row
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func situations() []situation {
	return []situation{allAccepted(), failures(), unknowns(), preliminary(), deadlineMissed(), cancelled(), nobody(), hostile(), suppressed(), severalLists(), lostAddresses()}
}

func allAccepted() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 5000, Accepted: 5000})
	f.Result, f.Passes, f.BouncesReadable = crier.ReasonSent, 1, true
	return situation{name: "all-accepted", facts: f}
}

func failures() situation {
	return situation{name: "failures", facts: ordinary(crier.DeliveryTotals{Intended: 44986, Accepted: 44957, Failed: 29}), rows: together(
		rows(16, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "<%s>: Recipient address rejected: User unknown in relay recipient table", "Rcpt"),
		rows(9, crier.DeliveryFailed, outcome.CauseMailboxFull, 552, "5.2.2", "Mailbox of %s is over quota", "Rcpt"),
		rows(3, crier.DeliveryFailed, outcome.CausePolicyRefused, 554, "5.7.1", "Message for %s refused by policy 12", "Dot"),
		rows(1, crier.DeliveryFailed, outcome.CauseAddressNotSupported, 0, "", "%.0s", "Mail"),
	)}
}

func unknowns() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 5000, Accepted: 4995, Failed: 1, Unknown: 3, Expired: 1})
	return situation{name: "unknown", facts: f, rows: together(
		rows(3, crier.DeliveryUnknown, outcome.CauseConnectionLost, 0, "", "%.0s", "Dot"),
		rows(1, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "no such user %s", "Rcpt"),
		rows(1, crier.DeliveryExpired, outcome.CauseGreylisted, 451, "4.7.1", "Greylisted %s, see you later", "Rcpt"),
	)}
}

func preliminary() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 5000, Accepted: 4950, Failed: 2, Deferred: 40, Pending: 8})
	f.Kind, f.Result, f.FinishedAt, f.Passes = crier.ReportPreliminary, "", time.Time{}, 1
	return situation{name: "preliminary", facts: f, rows: together(
		rows(38, crier.DeliveryDeferred, outcome.CauseGreylisted, 451, "4.7.1", "Greylisted %s, see you later", "Rcpt"),
		rows(2, crier.DeliveryDeferred, outcome.CauseRateLimited, 421, "4.7.0", "Too many messages%.0s", "Mail"),
		rows(2, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "no such user %s", "Rcpt"),
	)}
}

func deadlineMissed() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 88100, Pending: 88100})
	f.Result, f.FirstMessageAt, f.LastMessageAt, f.Passes, f.NotBegun = crier.ReasonDeadlineMissed, time.Time{}, time.Time{}, 0, true
	return situation{name: "deadline-missed", facts: f}
}

func cancelled() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 44986, Accepted: 5400, Failed: 4, Deferred: 2, Pending: 39580})
	f.Result, f.Run = crier.ReasonCancelled, 2
	return situation{name: "cancelled", facts: f, rows: together(
		rows(4, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "no such user %s", "Rcpt"),
		rows(2, crier.DeliveryDeferred, outcome.CauseTryLater, 450, "", "try later%.0s", "Rcpt"),
		rows(3, crier.DeliveryPending, "", 0, "", "%.0s", ""),
	)}
}

func suppressed() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 5000, Accepted: 4990, Failed: 2, Suppressed: 8})
	f.Audience.Suppressed = []crier.SuppressedCount{
		{Reason: crier.SuppressedUnsubscribed, Subscribers: 110}, {Reason: crier.SuppressedLegal, Subscribers: 1},
		{Reason: crier.SuppressedHardBounce, Subscribers: 23},
	}
	return situation{name: "suppressed", facts: f, rows: together(
		rows(2, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "no such user %s", "Rcpt"),
		rows(6, crier.DeliverySuppressed, outcome.CauseUnsubscribed, 0, "", "%.0s", ""),
		rows(1, crier.DeliverySuppressed, outcome.CauseComplaint, 0, "", "%.0s", ""),
		rows(1, crier.DeliverySuppressed, outcome.CauseLegal, 0, "", "%.0s", ""),
	)}
}

func nobody() situation {
	f := Facts{Kind: crier.ReportFinal, Namespace: "hr", Name: "empty", Subject: "Nobody", Result: crier.ReasonNotSent,
		GeneratedAt: start}
	return situation{name: "nobody", facts: f}
}

const (
	bidi   = "\u202e\u2066\u200f\u200b\ufeff"
	attack = `<script>alert("1")</script><img src=x onerror=alert(2)>'"&{{.Lead}}`
)

// hostile has an attack in every value that somebody else chooses.
func hostile() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 10, Accepted: 6, Failed: 4})
	evil := bidi + attack + "\r\nBcc: all@example.org\x00\x1b[31m"
	f.Subject, f.From, f.List, f.ListAddress, f.Revision, f.RelayName = evil, evil, evil, evil, evil, evil
	f.Audience.Sets[0].Name = evil
	row := func(to, words string) Row {
		return Row{Recipient: to, State: crier.DeliveryFailed, Cause: outcome.CauseUnclassified, Code: 554,
			Enhanced: "=5.0.0", Text: words, Phase: "Dot", Attempts: 1, LastAttempt: start}
	}
	return situation{name: "hostile", facts: f, rows: []Row{
		row("=cmd|'/c calc'!A1@example.gov", "=HYPERLINK(\"http://evil.example\",\"click\")"),
		row("+sum@example.gov", "\t@SUM(1+1)\r\n-2"),
		row("-minus@example.gov", evil),
		row("\"quoted,comma\"@example.gov", "＝1+1 "+bidi+" caf\xe9 \"quoted\", comma\nsecond line"),
	}}
}

func severalLists() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 1500, Accepted: 1497, Failed: 3})
	f.Lists = []List{{"all-employees", "all-employees@lists.example.gov"}, {"retired", "retired@lists.example.gov"}}
	f.Audience = crier.PlannedAudience{
		Recipients: 1500, Digest: "sha256:ab12", Subscribers: 1700, Rejected: 15, SetCount: 2, Duplicates: 40, Excluded: 60, NotSelected: 98,
		Suppressed: []crier.SuppressedCount{{Reason: crier.SuppressedUnsubscribed, Subscribers: 2}},
		Lists: []crier.AudienceList{
			{Name: "all-employees", Reached: 1101, Recipients: 1000, Subscribers: 1200, SetCount: 1, Rejected: 14, Excluded: 99, NotSelected: 100, Suppressed: 1},
			{Name: "retired", Reached: 501, Recipients: 500, Subscribers: 1700, SetCount: 2, Rejected: 15, Duplicates: 1140, Excluded: 60},
		},
		Sets: []crier.AudienceSet{{Name: "employees", Subscribers: 1200, Rejected: 14}, {Name: "retired", Subscribers: 500, Rejected: 1}},
	}
	failed := rows(3, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "no such user %s", "Rcpt")
	failed[1].List = 1
	return situation{name: "several-lists", facts: f, rows: failed}
}

func lostAddresses() situation {
	f := ordinary(crier.DeliveryTotals{Intended: 5000, Accepted: 3990, Failed: 3, Pending: 1007})
	f.Result = crier.ReasonRecipientsLost
	return situation{name: "lost-addresses", facts: f,
		rows: rows(1, crier.DeliveryFailed, outcome.CauseMailboxUnknown, 550, "5.1.1", "no such user %s", "Rcpt"),
		lost: []LostPart{
			{Shard: 1, First: 2001, Last: 4000, Totals: crier.DeliveryTotals{Intended: 2000, Accepted: 1991, Failed: 2, Pending: 7}},
			{Shard: 7, Totals: crier.DeliveryTotals{Intended: 1000, Pending: 1000}},
		}}
}
