//! USB CDC ACM as the cable.

use embassy_futures::join::join;
use embassy_nrf::usb::vbus_detect::{self, HardwareVbusDetect};
use embassy_nrf::usb::{Driver, InterruptHandler};
use embassy_nrf::{Peri, bind_interrupts, peripherals};
use embassy_usb::class::cdc_acm::{CdcAcmClass, State};
use embassy_usb::driver::{self, EndpointError};
use embassy_usb::{Builder, Config};
use nameplate_agent::{CertificateStore, Identity, KeyStore, Link, Randomness};
use nameplate_mcu::{Board, Exchange};

bind_interrupts!(struct Interrupts {
    USBD => InterruptHandler<peripherals::USBD>;
    CLOCK_POWER => vbus_detect::InterruptHandler;
});

/// A vendor and product for tests, which pid.codes gives to everybody: who makes boards puts their own here.
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;

/// Bytes in a packet of a full-speed bulk endpoint, at most.
const PACKET: usize = 64;

/// Answers on USB for ever.
pub async fn serve<R, F, L>(board: &mut Board<R, F, L>, usbd: Peri<'static, peripherals::USBD>)
where
    R: Randomness,
    F: embedded_storage::nor_flash::NorFlash,
    L: FnMut(nameplate_mcu::Signal) -> bool,
{
    let serial_number = board.page.as_ref().ok().map(|page| digits(page.mac.0));
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("Nameplate");
    config.product = Some("board");
    config.serial_number = serial_number
        .as_ref()
        .and_then(|digits| core::str::from_utf8(digits).ok());

    let (mut configuration, mut capabilities, mut control) = ([0; 128], [0; 32], [0; PACKET]);
    let mut state = State::new();
    let driver = Driver::new(usbd, Interrupts, HardwareVbusDetect::new(Interrupts));
    let mut builder = Builder::new(
        driver,
        config,
        &mut configuration,
        &mut capabilities,
        &mut [],
        &mut control,
    );
    let mut cable = CdcAcmClass::new(&mut builder, &mut state, 64);
    let mut device = builder.build();
    let sessions = async {
        loop {
            cable.wait_connection().await;
            board.exchange.reset();
            // It ends when the cable is drawn, or the host begins anew.
            let _ = session(&mut board.exchange, &mut cable).await;
        }
    };
    join(device.run(), sessions).await;
}

async fn session<'d, R: Randomness, S: KeyStore + CertificateStore, I: Identity>(
    exchange: &mut Exchange<R, S, I>,
    cable: &mut CdcAcmClass<'d, impl driver::Driver<'d>>,
) -> Result<(), EndpointError> {
    let mut packet = [0; PACKET];
    loop {
        let count = cable.read_packet(&mut packet).await?;
        for &byte in packet.get(..count).unwrap_or_default() {
            let Some(answer) = exchange.push(byte, Link::Cable) else {
                continue;
            };
            for part in answer.chunks(PACKET) {
                cable.write_packet(part).await?;
            }
            // A full packet says that more is to come.
            if answer.len().is_multiple_of(PACKET) {
                cable.write_packet(&[]).await?;
            }
        }
    }
}

/// A MAC as 12 digits: in serial numbers of USB a colon is better avoided.
fn digits(mac: [u8; 6]) -> [u8; 12] {
    let mut digits = [b'0'; 12];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(mac) {
        let digit = |nibble: u8| {
            *b"0123456789ABCDEF"
                .get(usize::from(nibble))
                .unwrap_or(&b'0')
        };
        *pair = [digit(byte >> 4), digit(byte & 0xF)];
    }
    digits
}
