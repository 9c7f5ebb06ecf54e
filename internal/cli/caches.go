package cli

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// caches remembers what the controllers watch, and why a cache doesn't fill.
// Until all of them have, nothing that a controller finds out is to be trusted,
// so the manager isn't ready: an upgrade that lacks a right or a
// CustomResourceDefinition doesn't take the place of what works.
type caches struct {
	cache.Cache

	mu sync.Mutex
	// asked are the caches by their kinds; nil while one isn't there yet.
	asked map[string]cache.Informer
	// types are the Go types of the kinds, by which client-go names them.
	types map[string]string
	// why is the last failure of each type to list or watch, or of a kind.
	why map[string]string
}

func newCaches() *caches {
	return &caches{asked: map[string]cache.Informer{}, types: map[string]string{}, why: map[string]string{}}
}

// New implements cache.NewCacheFunc.
func (c *caches) New(config *rest.Config, options cache.Options) (cache.Cache, error) {
	options.DefaultWatchErrorHandler = c.failed
	inner, err := cache.New(config, options)
	c.Cache = inner
	return c, err
}

// GetInformer implements cache.Informers. Once the manager runs it only returns
// when the cache has filled.
func (c *caches) GetInformer(ctx context.Context, obj client.Object, options ...cache.InformerGetOption) (cache.Informer, error) {
	kind := kindOf(obj)
	c.mu.Lock()
	if c.asked[kind] == nil {
		c.asked[kind], c.types[kind] = nil, fmt.Sprintf("%T", obj)
	}
	c.mu.Unlock()
	informer, err := c.Cache.GetInformer(ctx, obj, options...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.why[kind] = err.Error()
		return informer, err
	}
	c.asked[kind] = informer
	return informer, nil
}

func kindOf(obj client.Object) string {
	if about, ok := obj.(*metav1.PartialObjectMetadata); ok {
		return about.Kind
	}
	name := fmt.Sprintf("%T", obj)
	return name[strings.LastIndexByte(name, '.')+1:]
}

// failed takes in that a list or watch failed, which client-go tries again.
func (c *caches) failed(ctx context.Context, r *toolscache.Reflector, err error) {
	toolscache.DefaultWatchErrorHandler(ctx, r, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why[r.TypeDescription()] == err.Error() {
		return
	}
	c.why[r.TypeDescription()] = err.Error()
	ctrl.Log.WithName("caches").Error(err, "a kind can't be watched; a manager whose caches never filled is not ready", "type", r.TypeDescription())
}

// Ready is a healthz.Checker: it names the kinds whose cache hasn't filled.
func (c *caches) Ready(*http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.asked) == 0 {
		return fmt.Errorf("nothing is watched yet")
	}
	var empty []string
	for _, kind := range slices.Sorted(maps.Keys(c.asked)) {
		if informer := c.asked[kind]; informer != nil && informer.HasSynced() {
			continue
		}
		why := c.why[kind]
		if why == "" {
			why = c.why[c.types[kind]]
		}
		if why == "" {
			why = "no answer yet"
		}
		empty = append(empty, kind+" ("+why+")")
	}
	if len(empty) > 0 {
		return fmt.Errorf("these caches don't fill: %s", strings.Join(empty, "; "))
	}
	return nil
}
