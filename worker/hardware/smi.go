package hardware

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// ErrSMI means that nvidia-smi failed, or printed what is not its CSV.
var ErrSMI = errors.New("nvidia-smi")

// smiQuery asks for one line per GPU.
var smiQuery = []string{"--query-gpu=name,memory.total,memory.used,utilization.gpu,temperature.gpu", "--format=csv,noheader,nounits"}

const (
	smiTimeout = 5 * time.Second
	maxDevices = 64
)

// SMI reads GPUs by running nvidia-smi, found on PATH unless Path is set.
type SMI struct{ Path string }

// Name is nvidia-smi.
func (SMI) Name() string { return "nvidia-smi" }

// GPUs runs nvidia-smi, for at most five seconds.
func (s SMI) GPUs(ctx context.Context) ([]Device, error) {
	name := s.Path
	if name == "" {
		name = "nvidia-smi"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoGPU, err)
	}
	ctx, cancel := context.WithTimeout(ctx, smiTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, smiQuery...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %w: %s", ErrSMI, err, firstLine(out))
	}
	return ParseSMI(out)
}

// ParseSMI reads the CSV of nvidia-smi for [SMI]'s query: model, memory, used memory, utilisation,
// temperature. Figures that a device does not offer ("[N/A]") are 0.
func ParseSMI(out []byte) ([]Device, error) {
	if bytes.HasPrefix(bytes.TrimSpace(out), []byte("No devices were found")) {
		return nil, ErrNoGPU
	}
	r := csv.NewReader(bytes.NewReader(out))
	r.FieldsPerRecord = 5
	r.TrimLeadingSpace = true
	var devices []Device
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSMI, err)
		}
		if len(devices) == maxDevices {
			return nil, fmt.Errorf("%w: more than %d devices", ErrSMI, maxDevices)
		}
		d := Device{Model: strings.TrimSpace(fields[0])}
		if d.Model == "" || len(d.Model) > 128 {
			return nil, fmt.Errorf("%w: a model's name has %d bytes", ErrSMI, len(d.Model))
		}
		for i, figure := range []*int{&d.MemoryMB, &d.UsedMB, &d.Utilization, &d.TempCelsius} {
			if *figure, err = smiFigure(fields[i+1]); err != nil {
				return nil, err
			}
		}
		devices = append(devices, d)
	}
	if len(devices) == 0 {
		return nil, ErrNoGPU
	}
	return devices, nil
}

func smiFigure(s string) (int, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") { // [N/A], [Not Supported]
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no figure", ErrSMI, s)
	}
	return int(n), nil
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	return string(line[:min(len(line), 200)])
}
