package relay

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/dkim"
)

// TXTResolver asks the DNS; *net.Resolver is one.
type TXTResolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

const (
	// askEvery is how long an answer holds for the same keys.
	askEvery = time.Hour
	// askTime bounds the lookups of all keys of a Relay, which run at once.
	askTime = 3 * time.Second
)

// finding is what the DNS said of one key. Nothing else of a record is kept:
// whoever makes Relays could read names with it that are none of theirs.
type finding struct {
	key       dkim.Key
	published dkim.Published
	answered  bool
}

// signingKeys are those to look up, with a text that is another one for other
// keys. There are none while settings aren't whole: then Ready says why.
func (s *scope) signingKeys() (keys []dkim.Key, id string) {
	if s.DNS == nil || s.settings.Version == "" {
		return nil, ""
	}
	keys, err := s.settings.SigningKeys()
	if err != nil {
		return nil, ""
	}
	for _, k := range keys {
		id += k.ZoneLine() + "\n"
	}
	return keys, id
}

// showPublished puts what is known of the keys into the status. What isn't
// known anew stays as it was, with the generation that it was found at.
func (s *scope) showPublished() {
	conditions := &s.relay.Status.Conditions
	keys, id := s.signingKeys()
	if len(keys) == 0 {
		meta.RemoveStatusCondition(conditions, crier.ConditionDKIMPublished)
		return
	}
	if known := s.asked.get(s.relay, id); known != nil {
		s.setPublished(known.condition)
	}
}

func (s *scope) setPublished(c metav1.Condition) {
	c.ObservedGeneration, c.LastTransitionTime = s.relay.Generation, metav1.NewTime(s.Clock.Now())
	meta.SetStatusCondition(&s.relay.Status.Conditions, c)
}

// askDNS looks the keys up when that is due. The status has been written
// before: nobody waits for the DNS to see whether a Relay is ready.
func (s *scope) askDNS(ctx context.Context, result ctrl.Result) (ctrl.Result, error) {
	keys, id := s.signingKeys()
	if len(keys) == 0 {
		return result, nil
	}
	var left time.Duration
	if known := s.asked.get(s.relay, id); known != nil {
		left = known.at.Add(askEvery).Sub(s.Clock.Now())
	}
	if left <= 0 {
		found := lookUp(ctx, s.DNS, keys)
		if err := ctx.Err(); err != nil {
			return result, err // we are told to stop: the findings mean nothing
		}
		if err := s.learn(ctx, id, judgeKeys(found)); err != nil {
			return result, err
		}
		left = askEvery
	}
	if result.RequeueAfter == 0 || result.RequeueAfter > left {
		result.RequeueAfter = left
	}
	return result, nil
}

// learn remembers an answer, shows it, and says aloud when it is bad news.
func (s *scope) learn(ctx context.Context, id string, c metav1.Condition) error {
	s.asked.put(s.relay, answer{keys: id, at: s.Clock.Now(), condition: c})
	was := meta.FindStatusCondition(s.relay.Status.Conditions, crier.ConditionDKIMPublished).DeepCopy()
	s.setPublished(c)
	err := reconcile.Apply(ctx, s.Client, s.relay)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	if c.Status == metav1.ConditionFalse && (was == nil || was.Reason != c.Reason) {
		s.Recorder.Eventf(s.relay, nil, "Warning", c.Reason, "Reconcile", "%s",
			"Receivers can't find the DKIM keys; condition "+crier.ConditionDKIMPublished+" says what to publish.")
	}
	return nil
}

// lookUp asks for all keys at once.
func lookUp(ctx context.Context, dns TXTResolver, keys []dkim.Key) []finding {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	found := make([]finding, len(keys))
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() {
			records, err := dns.LookupTXT(ctx, key.Name())
			var none *net.DNSError
			switch {
			case err == nil:
				found[i] = finding{key, key.Compare(records), true}
			case errors.As(err, &none) && none.IsNotFound:
				found[i] = finding{key, dkim.Missing, true}
			default:
				found[i] = finding{key: key}
			}
		})
	}
	wg.Wait()
	return found
}

// maxTold is how many keys a condition has something to say of.
const maxTold = 4

// judgeKeys makes a condition of findings: the worst of them, and what to do.
func judgeKeys(found []finding) metav1.Condition {
	c := metav1.Condition{
		Type: crier.ConditionDKIMPublished, Status: metav1.ConditionTrue,
		Reason: crier.ReasonDKIMMatches, Message: "The DNS has the public half of every DKIM key.",
	}
	var told, unanswered []string
	for _, f := range found {
		if !f.answered {
			unanswered = append(unanswered, f.key.String())
			continue
		}
		what := wrong(f)
		if what == "" {
			continue
		}
		told = append(told, what+" Publish this record: "+f.key.ZoneLine())
		if f.published != dkim.Missing {
			c.Reason = crier.ReasonDKIMMismatch
		} else if c.Reason == crier.ReasonDKIMMatches {
			c.Reason = crier.ReasonDKIMNotPublished
		}
	}
	switch {
	case len(told) > 0:
		c.Status, c.Message = metav1.ConditionFalse, lines(told)
	case len(unanswered) > 0:
		c.Status, c.Reason = metav1.ConditionUnknown, crier.ReasonDKIMUnresolved
		c.Message = "No name server answers for " + words.ListUpTo(maxTold, unanswered) + ". Crier asks again within the hour."
	}
	return c
}

func lines(all []string) string {
	text := strings.Join(all[:min(maxTold, len(all))], "\n")
	if more := len(all) - maxTold; more > 0 {
		text += "\nand " + words.Number(more) + " more"
	}
	return text
}

// wrong says what receivers see instead of the key.
func wrong(f finding) string {
	name := f.key.String()
	switch f.published {
	case dkim.Matches:
		return ""
	case dkim.Missing:
		return "There is no DKIM record at " + name + ": receivers can't verify what this key signs."
	case dkim.Revoked:
		return "The DKIM record at " + name + " says that the key is revoked (p= is empty)."
	case dkim.Different:
		return "The DKIM record at " + name + " has a different key than the Secret: receivers treat the signatures as forged."
	case dkim.Several:
		return "There are several DKIM records at " + name + ", and receivers may use any of them: keep only one."
	}
	return "The DKIM record at " + name + " can't be used with this key: it is cut off, of another kind (k=), or not for mail (h=, s=)."
}
