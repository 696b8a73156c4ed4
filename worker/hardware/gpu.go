package hardware

import (
	"context"
	"errors"
	"fmt"

	"github.com/sage-network/sage-node/wire"
)

// ErrNoGPU means that a source works and finds no GPU, or that there is no such driver here.
var ErrNoGPU = errors.New("hardware: no GPU")

// Device is one GPU as it is now.
type Device struct {
	Model       string
	MemoryMB    int
	UsedMB      int
	Utilization int // per cent
	TempCelsius int
}

// Source reads the GPUs of this machine. GPUs returns [ErrNoGPU] where it finds no driver.
type Source interface {
	Name() string
	GPUs(ctx context.Context) ([]Device, error)
}

// Found is what detection found, and by which source.
type Found struct {
	Devices []Device
	Source  string // name of the source, or "none"
	// Problem is what the better sources said, where it was more than that there is no GPU.
	Problem error
}

// Sources are the ways to read GPUs, best first.
func Sources() []Source { return []Source{newNVML(), SMI{}} }

// Detect asks the sources in order and takes the first answer.
func Detect(ctx context.Context, sources ...Source) Found {
	var problems []error
	for _, s := range sources {
		devices, err := s.GPUs(ctx)
		if err == nil && len(devices) > 0 {
			return Found{Devices: devices, Source: s.Name(), Problem: errors.Join(problems...)}
		}
		if err != nil && !errors.Is(err, ErrNoGPU) {
			problems = append(problems, fmt.Errorf("%s: %w", s.Name(), err))
		}
	}
	return Found{Source: "none", Problem: errors.Join(problems...)}
}

// Models groups devices by model, in the order in which they appear.
func Models(devices []Device) []wire.GPU {
	models := []wire.GPU{}
	for _, d := range devices {
		gb := (d.MemoryMB + 512) / 1024
		found := false
		for i := range models {
			if models[i].Model == d.Model && models[i].VRAMGB == gb {
				models[i].Count++
				found = true
			}
		}
		if !found {
			models = append(models, wire.GPU{Model: d.Model, Count: 1, VRAMGB: gb})
		}
	}
	return models
}

// Load is how busy the GPUs are: the highest utilisation and temperature, and all used memory.
func Load(devices []Device) (utilization, tempCelsius, usedMB int) {
	for _, d := range devices {
		utilization = max(utilization, d.Utilization)
		tempCelsius = max(tempCelsius, d.TempCelsius)
		usedMB += d.UsedMB
	}
	return utilization, tempCelsius, usedMB
}
