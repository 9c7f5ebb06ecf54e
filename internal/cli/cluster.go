package cli

import (
	"context"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// completionTime is how long a shell waits for names of objects.
const completionTime = 2 * time.Second

// clusterFlags say which cluster and namespace to use, as those of kubectl do.
type clusterFlags struct {
	kubeconfig, context, namespace string
}

func (f *clusterFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "path of the kubeconfig; as kubectl finds it unless given")
	flags.StringVar(&f.context, "context", "", "context of the kubeconfig")
	flags.StringVarP(&f.namespace, "namespace", "n", "", "namespace; that of the context unless given")
}

// connect reads the kubeconfig. Nothing is asked of the cluster yet.
func (f clusterFlags) connect() (c client.Client, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: f.context}
	overrides.Context.Namespace = f.namespace
	config := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	if namespace, _, err = config.Namespace(); err != nil {
		return nil, "", err
	}
	rest, err := config.ClientConfig()
	if err != nil {
		return nil, "", err
	}
	rest.UserAgent = "crier"
	c, err = client.New(rest, client.Options{Scheme: newScheme()})
	return c, namespace, err
}

// broadcastNames are those that a shell can complete to; none if the cluster
// doesn't say.
func broadcastNames(ctx context.Context, f clusterFlags) (names []string) {
	c, namespace, err := f.connect()
	if err != nil {
		return nil
	}
	list := &crier.BroadcastList{}
	if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil
	}
	for i := range list.Items {
		names = append(names, list.Items[i].Name)
	}
	return names
}
