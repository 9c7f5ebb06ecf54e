// Package podapi is how a sender pod reaches the API server: three requests over
// net/http. client-go would be most of what a sender takes in memory.
package podapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/version"
)

const (
	// maxAnswer is the most that is read of an answer, in octets; an object in etcd
	// is smaller than 2 MiB, as JSON too.
	maxAnswer = 8 << 20
	// maxText is how much of an answer that isn't Kubernetes' an error says.
	maxText = 500
)

var (
	shards  = schema.GroupResource{Group: crier.GroupVersion.Group, Resource: "deliveryshards"}
	secrets = schema.GroupResource{Resource: "secrets"}
)

// Client is the Store of a sender, for the objects of one namespace: uncached,
// because what a cache says may be long out of date when an API server comes back.
// Nothing is tried again, the sender does that. Its errors are those of
// k8s.io/apimachinery/pkg/api/errors where the API server answered.
type Client struct {
	server, namespace string
	transport         http.RoundTripper
	clock             serverClock
}

// New reaches the API server at a URL without a path, through a transport that
// knows how to be trusted there.
func New(server, namespace string, transport http.RoundTripper) *Client {
	return &Client{server: server, namespace: namespace, transport: transport}
}

// Ahead is by how much the API server's clock is ahead of this node's.
func (c *Client) Ahead() time.Duration { return time.Duration(c.clock.ahead.Load()) }

// GetShard reads a shard.
func (c *Client) GetShard(ctx context.Context, name string) (*crier.DeliveryShard, error) {
	shard := &crier.DeliveryShard{}
	if err := c.call(ctx, http.MethodGet, shards, name, nil, shard); err != nil {
		return shard, err
	}
	return shard, readable.Check(shard)
}

// UpdateShard writes a shard unless it has changed since it was read (a conflict),
// and returns what was stored.
func (c *Client) UpdateShard(ctx context.Context, shard *crier.DeliveryShard) (*crier.DeliveryShard, error) {
	stored := &crier.DeliveryShard{}
	if err := readable.Check(shard); err != nil {
		return stored, err
	}
	sent := *shard
	sent.TypeMeta = metav1.TypeMeta{APIVersion: crier.GroupVersion.String(), Kind: "DeliveryShard"}
	body, err := json.Marshal(&sent)
	if err != nil {
		return stored, fmt.Errorf("write shard %s: %w", shard.Name, err)
	}
	return stored, c.call(ctx, http.MethodPut, shards, shard.Name, body, stored)
}

// GetSecret reads a Secret.
func (c *Client) GetSecret(ctx context.Context, name string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	return secret, c.call(ctx, http.MethodGet, secrets, name, nil, secret)
}

func (c *Client) call(ctx context.Context, method string, kind schema.GroupResource, name string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.address(kind, name), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "crier-sender/"+version.Version)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	asked := time.Now()
	answer, err := c.transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("%s %s %s: %w", method, kind, name, err)
	}
	defer answer.Body.Close()
	c.clock.learn(answer.Header.Get("Date"), asked, time.Now())
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("%s %s %s: %w", method, kind, name, err)
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("%s %s %s: the answer has more than %d octets", method, kind, name, maxAnswer)
	}
	if answer.StatusCode != http.StatusOK {
		return refusal(answer, text, method, kind, name)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s %s %s: decode the answer: %w", method, kind, name, err)
	}
	return nil
}

func (c *Client) address(kind schema.GroupResource, name string) string {
	path := "/api/v1"
	if kind.Group != "" {
		path = "/apis/" + crier.GroupVersion.String()
	}
	return c.server + path + "/namespaces/" + url.PathEscape(c.namespace) + "/" + kind.Resource + "/" + url.PathEscape(name)
}

// errForeign is about an answer that isn't Kubernetes'. It says nothing about an
// object, least of all that there is none.
var errForeign = errors.New("the answer isn't the API server's")

func refusal(answer *http.Response, text []byte, method string, kind schema.GroupResource, name string) error {
	status := &metav1.Status{}
	if json.Unmarshal(text, status) == nil && status.Kind == "Status" && status.Status == metav1.StatusFailure {
		return apierrors.FromObject(status)
	}
	text = text[:min(len(text), maxText)]
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusUnauthorized, http.StatusGatewayTimeout:
		after, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return apierrors.NewGenericServerResponse(answer.StatusCode, method, kind, name, string(text), after, true)
	}
	return fmt.Errorf("%s %s %s: %w: HTTP status %d: %q", method, kind, name, errForeign, answer.StatusCode, text)
}
