"""What a screen reader finds in the states of the flow: roles and names, in their order (Playwright's ARIA snapshots)."""

PANEL = """
- banner:
  - heading /TESTING/ [level=1]
  - button "Open in a tab"
- main:
  - region "Drop photos here":
    - heading "Drop photos here" [level=2]
"""
EMPTY = """
- banner:
  - heading /TESTING/ [level=1]
- status
- main:
  - region "Drop photos here":
    - heading "Drop photos here" [level=2]
    - button "Phone"
    - button "Webcam"
    - button "Add photos"
  - region "How it works":
    - button "Don't show this again"
- log "Messages"
"""
HELP = """
- dialog "Keyboard":
  - heading "Keyboard" [level=2]
  - button "Close"
  - region "List of keys":
    - heading "Photos" [level=3]
    - term: Delete
    - definition: Remove what is selected
    - switch /Single letters work as keys/ [checked]
"""
COMMANDS = """
- dialog "Commands":
  - heading "Commands" [level=2]
  - button "Close"
  - combobox "Search commands and body sites" [expanded]: l shin derm
  - listbox "Commands found":
    - option /Body site.*Left – dermoscopy/ [selected]
"""
SEARCH = """
- region "Details":
  - combobox "Search body sites" [expanded]: arm
  - listbox "Body sites found":
    - option "Upper limb arm" [selected]
    - option "Use “arm” as written"
"""
MESSAGE_AND_TASK = """
- dialog "Review before filing":
  - heading "Review before filing" [level=2]
  - list "Photos to file":
    - listitem:
      - checkbox "File Forearm" [checked]
  - region "Message and task":
    - group:
      - checkbox "Send a message to a provider's inbox" [checked]
      - combobox "Message to"
      - textbox "Message": Please have a look
    - group:
      - checkbox "Create a task" [checked]
      - combobox "Task for"
      - textbox "Due": 1/12/2030
  - status: What is filed can't be undone.
  - button "Back"
  - button "File to record"
"""
PROGRESS = r"""
- contentinfo:
  - paragraph:
    - status: 2 waiting for Medtech
    - button "Show progress"
- dialog "Filing 2 photos…":
  - heading "Filing 2 photos…" [level=2]
  - list "Being filed":
    - listitem:
      - paragraph: /^Forearm – \d+ \w+ \d{4} \d\d:\d\d(, no\. \d+)? \(1 of 2\)$/
      - status:
        - paragraph: /Medtech is offline.*Trying again.*It keeps trying until/
        - button "Try now"
    - listitem:
      - paragraph: /^Hand – \d+ \w+ \d{4} \d\d:\d\d(, no\. \d+)? \(2 of 2\)$/
      - status:
        - paragraph: /Medtech is offline.*Trying again.*It keeps trying until/
        - button "Try now"
  - paragraph: You can close this and carry on; filing continues automatically.
  - button "Close"
"""
RECEIPT = r"""
- dialog "Filed in the record":
  - heading "Filed in the record" [level=2]
  - region "Message and task":
    - list:
      - listitem:
        - paragraph: /Message for/
      - listitem:
        - paragraph: /Task for .*, due 1 Dec 2030/
  - region "Receipt":
    - list:
      - listitem:
        - paragraph: /^Forearm – \d+ \w+ \d{4} \d\d:\d\d(, no\. \d+)?$/
        - paragraph: /Inbox › Scan/
        - paragraph:
          - text: Medtech id
          - code
    - region "For a referral":
      - heading "For a referral" [level=3]
      - combobox "Each file up to"
      - checkbox "With name and NHI"
      - paragraph:
        - button "Save the photo (ZIP)"
        - button "Copy the text for the form"
      - list:
        - listitem:
          - button /^Copy for e-referral. Forearm/
          - button /^Save for e-referral. Forearm/
  - button "Done"
"""
PARTLY_FAILED = """
- dialog "1 of 2 photos was not filed":
  - region "Not filed":
    - heading "Not filed" [level=3]
    - list:
      - listitem:
        - paragraph: /Forearm|Hand/
        - paragraph: /Tell your administrator/
    - button "Retry these"
  - region "Receipt":
    - heading "Filed in the record" [level=3]
  - button "Done"
"""
UNVERIFIED = r"""
- dialog "1 photo to check in Evolution":
  - region "Please check in Evolution":
    - heading "Please check in Evolution" [level=3]
    - list:
      - listitem:
        - paragraph: /^Forearm – \d+ \w+ \d{4} \d\d:\d\d(, no\. \d+)?$/
        - paragraph:
          - button "It is in the inbox"
          - button "Send again"
  - button "Done"
"""
MESSAGE_UNVERIFIED = """
- region "Message and task":
  - list:
    - listitem:
      - paragraph: /Message for/
      - paragraph:
        - button "The message is there"
        - button "Send the message again"
    - listitem:
      - button "Send the task again"
"""
PHONE_CODE = """
- dialog "Take photos with a phone":
  - heading "Take photos with a phone" [level=2]
  - button "Close"
  - figure:
    - img "QR code that opens ClinicPro Images on a phone"
    - timer: /left to scan/
  - button "New code"
"""
PHONE_CONNECTED = """
- dialog "Take photos with a phone":
  - status:
    - heading "Phone connected" [level=3]
  - button "New code"
  - button "Disconnect"
  - button "Done"
"""
WEBCAM = """
- dialog "Webcam":
  - heading "Webcam" [level=2]
  - button "Close"
  - combobox "Camera"
  - button "Take photo"
"""
WEBCAM_SHOT = """
- dialog "Webcam":
  - img "Just taken"
  - button "Take again"
  - button "Keep and take another"
  - button "Keep"
"""
EDITOR_OPENING = """
- dialog "Edit photo 1":
  - heading "Edit photo 1" [level=2]
  - status: Opening the editor…
  - button "Close"
"""
EDITOR_UNREADABLE = """
- dialog "Edit photo 1":
  - heading "Edit photo 1" [level=2]
  - alert: /This browser can't open the photo for editing/
  - button "Close"
"""
EDITOR_REFUSED = """
- log "Messages":
  - paragraph: /could not be/
  - button "Try again"
  - button "Dismiss message"
"""
LEAVING = """
- alertdialog "Leave without saving?":
  - heading "Leave without saving?" [level=3]
  - button "Keep editing"
  - button "Discard changes"
"""
LEFTOVERS = r"""
- main:
  - region "Photos":
    - list:
      - listitem:
        - button /From \d+:\d\d.* Needs body site/
- dialog "Other photos of yours":
  - heading "Other photos of yours" [level=2]
  - button "Close"
  - list:
    - listitem:
      - paragraph: WK · ZBH4103
      - paragraph: /^1 photo not filed yet, from/
"""
LEFTOVERS_ELSEWHERE = r"""
- banner:
  - button /^Tray \d+$/
- status:
  - paragraph: /Nurse Api has 2 photos of .* open, not filed yet.*ask, or wait/
"""
NOT_PERMITTED = """
- dialog "Review before filing":
  - alert: /Filing to .* will probably be refused.*Tell your administrator/
  - list "Photos to file"
  - button "Back"
  - button "File to record"
"""
CHANGED = """
- main:
  - alert:
    - heading /This window is for/ [level=1]
"""
OFFLINE = """
- status:
  - paragraph: /No connection to the server/
"""
EXPIRING = """
- status:
  - paragraph:
    - text: /This session ends in/
    - button "Keep working"
"""
REFUSED = """
- region "Photos":
  - alert:
    - paragraph: This file type can't be filed
    - paragraph:
      - button "Dismiss"
"""
REFUSED_FIRST = """
- main:
  - alert:
    - paragraph: This file type can't be filed
    - paragraph:
      - button "Dismiss"
  - region "Drop photos here"
"""
SEARCH_PATIENT = """
- main:
  - heading "Whose photos are these?" [level=1]
  - text: You file as
  - combobox "You file as"
  - textbox "Patient's NHI"
  - button "Find patient"
  - text: Signed in as Alex Api
  - button "Sign out"
"""
SEARCH_PATIENT_LINKED = """
- main:
  - heading "Whose photos are these?" [level=1]
  - paragraph: You file as Dr Alex Api
  - textbox "Patient's NHI"
  - button "Find patient"
  - button "Sign out"
"""
FOUND = """
- main:
  - heading "Is this your patient?" [level=1]
  - region "Patient":
    - term: Born
    - definition: /years/
    - term: NHI
    - definition
    - term: Sex
    - definition
  - paragraph: /Photos you file next go into this patient's record/
  - button "This is my patient"
  - link "Not this patient"
  - button "Sign out"
"""
NOT_FOUND = """
- main:
  - heading "Whose photos are these?" [level=1]
  - alert
  - combobox "You file as"
  - textbox "Patient's NHI"
  - button "Find patient"
"""
TWO_RECORDS = """
- main:
  - heading "This NHI has 2 records" [level=1]
  - paragraph
  - list:
    - listitem:
      - region "Record 1"
      - button "Use record 1"
    - listitem:
      - region "Record 2"
      - button "Use record 2"
  - paragraph:
    - link "None of these"
"""
ENTER_AGAIN = """
- main:
  - heading "Enter the NHI again" [level=1]
  - paragraph:
    - link "Enter the NHI again"
"""
SIGN_IN_AGAIN = """
- main:
  - heading [level=1]
  - paragraph:
    - link "Sign in"
"""
OTHER_ACCOUNT = """
- main:
  - heading [level=1]
  - paragraph:
    - link "Sign in with another account"
"""
SIGNED_OUT = """
- main:
  - heading "You are signed out" [level=1]
  - paragraph:
    - link "Sign in"
"""
