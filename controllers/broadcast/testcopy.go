package broadcast

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/draft"
)

const (
	// testMark begins the subject of a test copy.
	testMark = "[Test] "
	// testWindow is how long a test copy is tried.
	testWindow = time.Hour
)

// test sends a copy to the addresses of spec.test, once per token: a record
// of its own. The token is noted in the record of the Broadcast first, so that
// it doesn't act again when the test's own record is gone, or the Broadcast was
// created again. Whatever becomes of it holds nothing up.
func (s *scope) test(ctx context.Context) (*reconcile.Verdict, error) {
	asked := s.broadcast.Spec.Test
	if asked == nil || s.Hold {
		return nil, nil
	}
	// A test comes before the time of its Broadcast, whenever that is.
	if gap, err := s.Heart.Gap(ctx); err != nil || gap != nil {
		return nil, err
	}
	record, err := s.testRecord(ctx, asked.Token)
	if err != nil {
		return nil, err
	}
	switch made := record != nil && record.State.Stage != crier.RecordRegistered; {
	case made:
		s.broadcast.Status.Test = testStatus(asked, record)
		return nil, s.noteTest(ctx, int(record.State.Totals.Intended))
	case record == nil && lifecycle.Used(s.record.State.TestTokens, asked.Token):
		s.broadcast.Status.Test = s.testGone(asked)
		return nil, nil
	}
	return s.makeTest(ctx, record)
}

// makeTest makes the copy of a token that there is none of. Its record may be
// there already, and has nothing then.
func (s *scope) makeTest(ctx context.Context, record *crier.DeliveryRecord) (*reconcile.Verdict, error) {
	asked := s.broadcast.Spec.Test
	person, found, err := s.testPerson(ctx, asked.As)
	if err != nil {
		return s.rosterGone(err)
	}
	if !found {
		s.broadcast.Status.Test = notTested(asked, "spec.test.as is not in the audience: use the address of a recipient, or remove it")
		return nil, nil
	}
	testers, err := s.testers(ctx, s.lists[person.List])
	if err != nil {
		return s.rosterGone(err)
	}
	if len(testers) == 0 {
		s.broadcast.Status.Test = notTested(asked, "every address in spec.test.recipients is suppressed for MailingList "+s.lists[person.List].Name)
		return nil, nil
	}
	if s.refuseTest(len(testers)) {
		return nil, nil
	}
	if record, err = s.freezeTest(ctx, record, testers, person); err != nil {
		return nil, err
	}
	s.broadcast.Status.Test = testStatus(asked, record)
	return nil, nil
}

// refuseTest says in the status why a copy to that many isn't made, if so.
func (s *scope) refuseTest(copies int) bool {
	asked, tests := s.broadcast.Spec.Test, s.record.State.TestTokens
	if lifecycle.Used(tests, asked.Token) {
		return false // it was begun
	}
	refusal := lifecycle.RefuseTest(tests, copies, s.granted.MaxRecipients, s.now)
	if refusal == nil {
		return false
	}
	s.broadcast.Status.Test, s.testAt = notTested(asked, refusal.Why), refusal.Until
	return true
}

// noteTest notes that the token acts no more.
func (s *scope) noteTest(ctx context.Context, copies int) error {
	state, token := &s.record.State, s.broadcast.Spec.Test.Token
	if lifecycle.Used(state.TestTokens, token) || len(state.TestTokens) >= lifecycle.MaxTestTokens {
		return nil // with a full list no other one acts
	}
	state.TestTokens = lifecycle.Use(state.TestTokens, token, copies, s.now)
	return s.Client.Update(ctx, s.record)
}

// testGone is what is said of a test whose record is gone: what was known, if
// that still stands there.
func (s *scope) testGone(asked *crier.BroadcastTest) *crier.TestStatus {
	if known := s.previous.Test; known != nil && known.Token == asked.Token && known.State != crier.ReportNotSent {
		return known
	}
	return notTested(asked, "this token was used before: use another one for another copy")
}

// showTest shows what became of a test whose Broadcast is being sent, or was.
func (s *scope) showTest(ctx context.Context) error {
	asked := s.broadcast.Spec.Test
	if asked == nil {
		return nil
	}
	record, err := s.testRecord(ctx, asked.Token)
	switch {
	case err != nil:
		return err
	case record == nil && lifecycle.Used(s.record.State.TestTokens, asked.Token):
		s.broadcast.Status.Test = s.testGone(asked)
	case record == nil || record.State.Stage == crier.RecordRegistered:
		s.broadcast.Status.Test = notTested(asked, "a test copy is only possible before sending: this Broadcast is being sent, or was sent")
	default:
		s.broadcast.Status.Test = testStatus(asked, record)
	}
	return nil
}

func notTested(asked *crier.BroadcastTest, why string) *crier.TestStatus {
	return &crier.TestStatus{Token: asked.Token, State: crier.ReportNotSent, Message: why}
}

func testStatus(asked *crier.BroadcastTest, record *crier.DeliveryRecord) *crier.TestStatus {
	about := reportStatus("", record)
	status := &crier.TestStatus{
		Token: record.Spec.Test, State: about.State, Totals: about.Totals, MessageHash: record.State.MessageHash,
	}
	if left := int64(len(asked.Recipients)) - report.Wanted(about.Totals); left > 0 {
		status.Message = fmt.Sprintf("%s of %s %s no copy: suppressed, or the same as another",
			words.Number(left), words.Count(len(asked.Recipients), "address"), words.Verb(left, "gets"))
	}
	return status
}

// testRecord is the record of a token; nil if there is none yet.
func (s *scope) testRecord(ctx context.Context, token string) (*crier.DeliveryRecord, error) {
	record := &crier.DeliveryRecord{}
	err := s.Reader.Get(ctx, client.ObjectKey{Name: names.TestRecordName(s.broadcast.Namespace, s.broadcast.Name, token)}, record)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return record, err
}

// testPerson is the recipient whose name and attributes the copy shows: the
// one that is asked for, or the first.
func (s *scope) testPerson(ctx context.Context, as crier.MailAddress) (roster.Subscriber, bool, error) {
	people, key := s.audience(ctx), roster.Key(draft.Spelled(string(as)))
	for {
		row, err := people.Next()
		if errors.Is(err, io.EOF) {
			return roster.Subscriber{}, false, nil
		}
		if err != nil {
			return roster.Subscriber{}, false, err
		}
		if as == "" || string(row.Key) == key {
			person, err := row.Subscriber()
			return person, err == nil, err
		}
	}
}

// testers are the addresses that a copy goes to. It is written as to a member
// of a list: those that no mail of that list may go to get no test either.
func (s *scope) testers(ctx context.Context, list *crier.MailingList) ([]string, error) {
	addresses := make([]string, 0, len(s.broadcast.Spec.Test.Recipients))
	for _, to := range s.broadcast.Spec.Test.Recipients {
		addresses = append(addresses, draft.Spelled(string(to)))
	}
	slices.SortFunc(addresses, func(a, b string) int { return strings.Compare(roster.Key(a), roster.Key(b)) })
	matcher := s.suppressed.OfList(ctx, list.Name, s.now)
	var testers []string
	for _, to := range addresses {
		_, suppressed, err := matcher.Match([]byte(roster.Key(to)))
		if err != nil {
			return nil, err
		}
		if !suppressed {
			testers = append(testers, to)
		}
	}
	return testers, matcher.Finish()
}

// freezeTest writes the copy down for the senders.
func (s *scope) freezeTest(ctx context.Context, record *crier.DeliveryRecord, testers []string, person roster.Subscriber) (*crier.DeliveryRecord, error) {
	asked := s.broadcast.Spec.Test
	copies := make([]roster.Subscriber, 0, len(testers))
	for _, to := range testers {
		tester := person
		tester.Email = to
		copies = append(copies, tester)
	}
	recipients, err := roster.Of(copies)
	if err != nil {
		return nil, fmt.Errorf("recipients of a test: %w", err)
	}
	frozen := keyed(s.frozen, s.Store.NewKey())
	frozen.MarkSubjects(testMark)
	if record == nil {
		record = s.newTestRecord(asked.Token)
		if err := s.Client.Create(ctx, record); err != nil {
			return nil, err
		}
	}
	// From here on the copy may leave: not before it is known that it may not again.
	if err := s.noteTest(ctx, len(testers)); err != nil {
		return nil, err
	}
	record.State.MessageHash = frozen.Hash
	return record, s.Store.Freeze(ctx, record, ledgerstore.Content{
		Message: frozen, Report: s.reportPlan(), Recipients: audience.New(recipients),
	})
}

func (s *scope) newTestRecord(token string) *crier.DeliveryRecord {
	deadline := metav1.NewTime(s.now.Add(testWindow))
	return &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{
			Name:   names.TestRecordName(s.broadcast.Namespace, s.broadcast.Name, token),
			Labels: map[string]string{crier.LabelIdentity: names.Identity(s.broadcast.Namespace, s.broadcast.Name)},
		},
		Spec: crier.DeliveryRecordSpec{
			Purpose: crier.RecordTest, Namespace: s.broadcast.Namespace, Broadcast: s.broadcast.Name, Test: token,
		},
		State: crier.DeliveryRecordState{
			FirstSeen: metav1.NewTime(s.now), NamespaceUID: s.namespace, Run: 1, Stage: crier.RecordRegistered,
			Deadline: &deadline, MaxDeferralSeconds: int64(testWindow / time.Second), OnUnknown: crier.UnknownReport,
			Route: &crier.RecordRoute{Relay: s.relayRef(), From: crier.MailAddress(s.list.Spec.From.Address)},
		},
	}
}
