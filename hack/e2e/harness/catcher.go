package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/client-go/kubernetes"

	"crier.dev/crier/internal/testing/smtptest"
)

// Catcher is the control interface of a mail catcher in a pod, reached through the API server.
type Catcher struct {
	Set       kubernetes.Interface
	Namespace string
	// Certificate that it began with.
	Certificate Certificate
}

// Host is the catcher's name in the cluster's network.
func (c *Catcher) Host() string { return CatcherName + "." + c.Namespace + ".svc" }

// Stats are the counters.
func (c *Catcher) Stats(ctx context.Context) (stats smtptest.Stats, err error) {
	return stats, c.get(ctx, "stats", nil, &stats)
}

// Messages to one recipient, or all when it is "", in order of acceptance and without bodies.
func (c *Catcher) Messages(ctx context.Context, recipient string) (list []smtptest.Message, err error) {
	return list, c.get(ctx, "messages", map[string]string{"rcpt": recipient}, &list)
}

// Stored is how many messages were stored so far; it costs less than Stats.
func (c *Catcher) Stored(ctx context.Context) (int, error) {
	var last []smtptest.Message
	err := c.get(ctx, "messages", map[string]string{"limit": "1"}, &last)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].ID, nil
}

// Raw is a message as it was received.
func (c *Catcher) Raw(ctx context.Context, id int) ([]byte, error) {
	return c.Set.CoreV1().Services(c.Namespace).
		ProxyGet("http", CatcherName, "control", "messages/"+strconv.Itoa(id)+"/raw", nil).DoRaw(ctx)
}

// Last is the last message to a recipient as it was received, nil if there is none.
func (c *Catcher) Last(ctx context.Context, recipient string) ([]byte, error) {
	messages, err := c.Messages(ctx, recipient)
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	return c.Raw(ctx, messages[len(messages)-1].ID)
}

// Log is the reply log, oldest first.
func (c *Catcher) Log(ctx context.Context) (entries []smtptest.Entry, err error) {
	return entries, c.get(ctx, "log", nil, &entries)
}

// SetScript changes what the catcher answers from now on.
func (c *Catcher) SetScript(ctx context.Context, script smtptest.Script) error {
	return c.put(ctx, "script", script)
}

// Power switches the machine off, which cuts its connections and refuses new ones, and on.
func (c *Catcher) Power(ctx context.Context, on bool) error { return c.put(ctx, "power", on) }

// SetUsers changes who may log in from now on.
func (c *Catcher) SetUsers(ctx context.Context, users map[string]string) error {
	return c.put(ctx, "users", users)
}

// SetCertificate changes the certificate for connections to come.
func (c *Catcher) SetCertificate(ctx context.Context, certificate Certificate) error {
	return c.put(ctx, "certificate", map[string]string{
		"certificate": string(certificate.Certificate), "key": string(certificate.Key),
	})
}

// Trace is what happened when.
func (c *Catcher) Trace(ctx context.Context) (trace smtptest.Trace, err error) {
	return trace, c.get(ctx, "trace", nil, &trace)
}

func (c *Catcher) put(ctx context.Context, path string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	answer, err := c.Set.CoreV1().RESTClient().Put().Namespace(c.Namespace).Resource("services").
		Name("http:"+CatcherName+":control").SubResource("proxy").Suffix(path).
		SetHeader("Content-Type", "application/json").Body(body).DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("change the catcher's %s: %w: %s", path, err, answer)
	}
	return nil
}

func (c *Catcher) get(ctx context.Context, path string, query map[string]string, into any) error {
	maps.DeleteFunc(query, func(_, value string) bool { return value == "" })
	raw, err := c.Set.CoreV1().Services(c.Namespace).ProxyGet("http", CatcherName, "control", path, query).DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("ask the catcher for %s: %w", path, err)
	}
	return json.Unmarshal(raw, into)
}

// Count is what the catcher knows of a Broadcast: its word against Crier's.
type Count struct {
	Accepted   int // recipients with at least one message
	Duplicates int // messages beyond the first of each recipient
	Failed     int // recipients without a message whose last answer was a refusal for good
	Names      []string
}

// Tally counts the recipients whom member accepts, so that reports don't count.
func Tally(stats smtptest.Stats, member func(address string) bool) Count {
	var count Count
	for address, messages := range stats.Accepted {
		if member(strings.ToLower(address)) {
			count.Accepted++
			count.Duplicates += messages - 1
			if messages > 1 {
				count.Names = append(count.Names, address)
			}
		}
	}
	for address, last := range stats.Refused {
		if member(strings.ToLower(address)) && last.Code >= 500 {
			count.Failed++
		}
	}
	slices.Sort(count.Names)
	return count
}
