package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sage-network/sage-node/coordinator/metrics"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
)

// meter serves the program's metrics, if it is asked to.
type meter struct {
	registry *prometheus.Registry
	payments *metrics.Payments
	stop     func()
}

func newMeter() *meter {
	m := &meter{registry: prometheus.NewRegistry(), stop: func() {}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.payments = metrics.NewPayments(m.registry)
	return m
}

// start serves at the address, and says in the folder where; with an empty address it does nothing.
func (m *meter) start(ctx context.Context, address, folder string, log *slog.Logger) error {
	if address == "" {
		return nil
	}
	listener, err := metrics.Listen(address)
	switch {
	case errors.Is(err, metrics.ErrAddress):
		return cli.Usage("metrics: %w", err)
	case err != nil:
		return cli.Environment(err, "choose another address with --metrics; port 0 takes a free one")
	}
	file := filepath.Join(folder, metricsFile)
	if err := privatefile.Write(file, []byte(listener.Addr().String()+"\n")); err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := metrics.Serve(ctx, listener, m.registry, log); err != nil { // payments go on
			log.Warn("metrics are not served any more", "error", err)
		}
	}()
	m.stop = func() {
		cancel()
		<-ended
		_ = os.Remove(file)
	}
	return nil
}
