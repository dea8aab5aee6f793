// What the page says about this computer's camera.

export const webcamWords = {
  title: "Webcam",
  close: "Close",
  live: "Live picture from the camera",
  starting: "Starting the camera… The browser may ask you to allow it.",
  camera: "Camera",
  unnamed: (number: number) => `Camera ${number}`,
  take: "Take photo",
  tryAgain: "Try again",
  phone: "Use a phone",
  taken: "Just taken",
  sharp: "Is it sharp, and is everything in the photo?",
  retake: "Take again",
  keepMore: "Keep and take another",
  keep: "Keep",
  bad: {
    full: "There is no room for another photo. Remove some, or file these and open the patient again from Evolution.",
  },
  problems: {
    forbidden: {
      title: "This page may not use the camera",
      next: "Allow camera access using the camera icon in the address bar, then press Try again. If there is no icon, ask your administrator.",
    },
    missing: {
      title: "No camera was found",
      next: "Plug one in or switch it on, then press Try again. A phone can take the photo too.",
    },
    busy: {
      title: "The camera is in use or does not answer",
      next: "Close other programs that use it, such as a video call, then press Try again.",
    },
    insecure: {
      title: "The camera needs a secure address",
      next: "This page was opened over plain http, where browsers do not allow the camera. Open it over https, or use a phone.",
    },
    other: {
      title: "The camera could not be started",
      next: "Unplug it and plug it in again, then press Try again. A phone can take the photo too.",
    },
  },
};
