package sender

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/readable"
)

// Client is the Store of a pod: uncached, because what a cache says may be
// long out of date when an API server comes back.
type Client struct {
	api       client.Client
	namespace string
	clock     serverClock
}

// NewClient reaches the objects of the operator's namespace. The kinds are
// known beforehand: a sender's token may not be allowed to ask for them.
func NewClient(config *rest.Config, namespace string) (*Client, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := crier.AddToScheme(scheme); err != nil {
		return nil, err
	}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion, crier.GroupVersion})
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Secret"), meta.RESTScopeNamespace)
	mapper.Add(crier.GroupVersion.WithKind("DeliveryShard"), meta.RESTScopeNamespace)
	c := &Client{namespace: namespace}
	config = rest.CopyConfig(config)
	config.Wrap(c.clock.watch)
	api, err := client.New(config, client.Options{Scheme: scheme, Mapper: mapper})
	if err != nil {
		return nil, err
	}
	c.api = readable.Client(api)
	return c, nil
}

// Ahead is by how much the API server's clock is ahead of this node's.
func (c *Client) Ahead() time.Duration { return time.Duration(c.clock.ahead.Load()) }

// GetShard implements Store.
func (c *Client) GetShard(ctx context.Context, name string) (*crier.DeliveryShard, error) {
	shard := &crier.DeliveryShard{}
	return shard, c.api.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: name}, shard)
}

// UpdateShard implements Store.
func (c *Client) UpdateShard(ctx context.Context, shard *crier.DeliveryShard) (*crier.DeliveryShard, error) {
	shard = shard.DeepCopy()
	return shard, c.api.Update(ctx, shard)
}

// GetSecret implements Store.
func (c *Client) GetSecret(ctx context.Context, name string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	return secret, c.api.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: name}, secret)
}
